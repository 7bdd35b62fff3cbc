"""Setup, colleagues and tokens in a real browser: by keyboard, and without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app.inbox import setup
from app.models.database import writing
from app.models.states import Role
from tests.browser.sessions import resume
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from playwright.sync_api import Browser, Page
    from sqlalchemy import Engine

    from tests.office import Office

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def browser_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def admin(app: Flask, office: Office, site: str, page: Page) -> Page:
    resume(page, Visitor.member(app, office, Role.ADMIN), site)
    return page


def log_in(page: Page, site: str, email: str, password: str) -> None:
    page.goto(f"{site}/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site}/inbox")


def invite(admin: Page, site: str) -> str:
    """Add Tamar and return her link."""
    admin.goto(f"{site}/settings/people")
    admin.get_by_label("Name").fill("Tamar")
    admin.get_by_label("E-mail address").fill("tamar@example.com")
    admin.get_by_role("button", name="Add").click()
    link = admin.get_by_role("textbox", name="Link").input_value()
    return site + link[link.index("/welcome/") :]


def test_the_first_login_is_made_by_keyboard_alone(
    engine: Engine, site: str, browser_page: Page
) -> None:
    with writing(engine) as session:
        code = setup.offer(session)
    browser_page.goto(f"{site}/setup?code={code}")
    expect(browser_page.get_by_label("Name of the workspace")).to_be_focused()

    for text in ("Harbour", "Ana", "ana@example.com", PASSWORD):
        browser_page.keyboard.type(text)
        browser_page.keyboard.press("Tab")
    browser_page.keyboard.press("Enter")

    browser_page.wait_for_url(f"{site}/settings/**")
    expect(browser_page.get_by_role("navigation", name="Settings")).to_contain_text("Harbour")


def test_a_colleague_comes_in_by_the_link(admin: Page, site: str, browser_page: Page) -> None:
    browser_page.goto(invite(admin, site))
    expect(browser_page.get_by_role("heading")).to_contain_text("Tamar")
    browser_page.get_by_label("Password").fill("a sentence of hers")
    browser_page.get_by_role("button", name="Log in").click()
    browser_page.wait_for_url(f"{site}/inbox")

    browser_page.context.clear_cookies()
    log_in(browser_page, site, "tamar@example.com", "a sentence of hers")


def test_a_double_click_adds_a_colleague_once_and_shows_the_link(admin: Page, site: str) -> None:
    admin.goto(f"{site}/settings/people")
    admin.get_by_label("Name").fill("Tamar")
    admin.get_by_label("E-mail address").fill("tamar@example.com")

    admin.get_by_role("button", name="Add").dblclick()

    expect(admin.get_by_role("textbox", name="Link")).to_be_visible()


def test_a_token_is_copied_with_a_click(admin: Page, site: str) -> None:
    admin.context.grant_permissions(["clipboard-read", "clipboard-write"])
    admin.goto(f"{site}/settings/tokens")
    admin.get_by_label("Name of the program").fill("Robot")
    admin.get_by_role("button", name="Make a token").click()

    admin.get_by_role("button", name="Copy").click()

    expect(admin.get_by_role("button", name="Copied")).to_be_visible()
    copied = admin.evaluate("navigator.clipboard.readText()")
    assert copied == admin.get_by_label("Token", exact=True).input_value()
    assert copied.startswith("inlet_")


def test_without_scripts_nothing_is_offered_that_needs_them(
    app: Flask, office: Office, site: str, without_scripts: Page
) -> None:
    Visitor.member(app, office, Role.ADMIN)
    log_in(without_scripts, site, email_of(office, Role.ADMIN), PASSWORD)
    without_scripts.goto(f"{site}/settings/profile")
    expect(without_scripts.get_by_label("Shortcuts of a single key")).to_be_hidden()

    without_scripts.goto(f"{site}/settings/tokens")
    without_scripts.get_by_label("Name of the program").fill("Robot")
    without_scripts.get_by_role("button", name="Make a token").click()
    expect(without_scripts.get_by_label("Token", exact=True)).to_be_visible()
    expect(without_scripts.get_by_role("button", name="Copy")).to_be_hidden()

    without_scripts.locator("summary").click()
    without_scripts.get_by_role("button", name="Revoke it").click()
    expect(without_scripts.get_by_role("status")).to_contain_text("is revoked")


def test_shortcuts_are_switched_off_for_this_browser(admin: Page, site: str) -> None:
    admin.goto(f"{site}/settings/profile")
    admin.get_by_label("Shortcuts of a single key").uncheck()
    assert admin.evaluate("localStorage.getItem('keys')") == "off"

    admin.reload()
    expect(admin.get_by_label("Shortcuts of a single key")).not_to_be_checked()
    admin.get_by_label("Shortcuts of a single key").check()

    assert admin.evaluate("localStorage.getItem('keys')") is None


@pytest.mark.parametrize("path", ["profile", "people", "tokens", "workspaces"])
def test_the_settings_fit_a_phone_and_break_no_rule(
    admin: Page, site: str, complaints: list[str], path: str
) -> None:
    admin.set_viewport_size({"width": 390, "height": 844})
    admin.goto(f"{site}/settings/{path}")

    assert not admin.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert complaints == []
