"""What is done on a page to bring it into a state that a picture shows."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

Scene = Callable[[Page], None]


def show(page: Page, address: str) -> None:
    """Show a page by its whole address."""
    page.goto(address)
    page.wait_for_timeout(250)


def open_thread(page: Page, name: str) -> None:
    """Open the conversation of somebody who stands in the list."""
    page.locator("#rows a", has_text=name).first.click()
    page.locator("#who", has_text=name).wait_for()
    page.wait_for_timeout(250)


def answer(page: Page, text: str) -> None:
    """Send an answer from the open conversation."""
    page.locator("#draft").fill(text)
    page.locator("#composer button[type=submit]").click()
    page.locator(".msg", has_text=text).wait_for()


def pressing(scene: Scene, selector: str) -> Scene:
    """Return the scene after a button, which wide windows may lack, was pressed."""

    def play(page: Page) -> None:
        scene(page)
        if page.locator(selector).first.is_visible():
            page.locator(selector).first.click()

    return play


def typing(scene: Scene, key: str) -> Scene:
    """Return the scene after a key was pressed."""

    def play(page: Page) -> None:
        scene(page)
        page.keyboard.press(key)

    return play


def submitting(scene: Scene, button: str) -> Scene:
    """Return the scene after a button was pressed and its answer came."""

    def play(page: Page) -> None:
        scene(page)
        page.get_by_role("button", name=button).first.click()
        page.wait_for_timeout(600)

    return play
