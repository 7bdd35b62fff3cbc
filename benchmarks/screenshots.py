"""Pictures of every page and state, at three widths and in both themes, for docs/screenshots.

Runs against a freshly started demo (``bin/run`` with an empty INLET_HOME); it fills the inbox by
letting the simulator's customers write. Needs Chromium and the development environment.
"""

from __future__ import annotations

import argparse
import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
WIDTHS = {1440: 900, 1024: 768, 390: 844}
THEMES = ("light", "dark")
QUALITY = 82
TIMEOUT = 10.0  # seconds
CUSTOMERS = (
    ("Jörg Müller 🌊", "joerg.m", ["Guten Tag, liefern Sie auch nach Wien?"], 0.2),
    (
        "Anneliese Freifrau von und zu Hohenstaufen",
        "anneliese",
        ["The vase arrived, thank you!"],
        1,
    ),
    ("יעל כהן", "yael", ["מתי אתם פתוחים?"], 3),
    ("Marta Jansen", "marta", ["Is the walnut shelf back in stock?"], 20.7),
    ("Tornike B.", "tornike", ["Do you have the small bowls in blue?"], 26),
    ("Noa Lind", "noa", ["Can I pick it up on Saturday?"], 5),
)
FAMILIAR = {
    "leila.makes": ["Hi! Do you still have the blue one in size M? 💙", "The one from your story"],
    "sandro.k": ["Hello, is the walnut shelf back?", "How deep is it?", "Perfect, I'll take two"],
    "dina.w": ["شكرا جزيلا، وصل الطلب اليوم"],
    "ana.rossi": ["Where is order 4711? https://shop.example/orders/4711"],
}
State = Callable[[Page], None]


def main() -> None:
    """Fill the inbox and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inbox", default="http://127.0.0.1:8000")
    parser.add_argument("--simulator", default="http://127.0.0.1:8001")
    parser.add_argument("--password", required=True, help="of the demo logins")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    _let_customers_write(f"{given.simulator}/control")
    with sync_playwright() as tools:
        options = {"executable_path": given.chromium, "args": ["--no-sandbox"]}
        browser = tools.chromium.launch(**options)
        with _page(browser, given, 1440, "light") as page:
            _work(page, f"{given.simulator}/control")
        for width in WIDTHS:
            for theme in THEMES:
                with _page(browser, given, width, theme) as page:
                    for name, shot in _states(given):
                        shot(page)
                        _take(page, FOLDER / f"{name}-{width}-{theme}.webp")
        browser.close()


def _let_customers_write(control: str) -> None:
    for name, username, _, _ in CUSTOMERS:
        _call("POST", f"{control}/customers", {"name": name, "username": username})
    for _, username, texts, hours in CUSTOMERS:
        for text in texts:
            _say(control, username, text, age_hours=hours)
    for username, texts in FAMILIAR.items():
        for text in texts:
            _say(control, username, text)
            time.sleep(0.3)
    time.sleep(4)


def _work(page: Page, control: str) -> None:
    """Answer, snooze and resolve, and let one answer fail."""
    _open(page, "Sandro Kalandadze")
    _answer(page, "28 cm. For two of them we take 10 % off and deliver on Saturday.")
    _say(control, "sandro.k", "Great, how do I pay?")
    _open(page, "Anneliese Freifrau")
    _answer(page, "That is good to hear 😊")
    page.locator("#resolve-form button").click()
    _open(page, "Noa Lind")
    page.locator("#snooze").click()
    page.locator("#snooze-menu button", has_text="Tomorrow").click()
    error = {"code": 551, "message": "This person isn't available right now.", "times": 1}
    _call("PUT", f"{control}/switches", {"error": error})
    _open(page, "Ana Rossi")
    _answer(page, "Hello Ana, it left the warehouse this morning.")
    page.wait_for_timeout(2500)


def _states(given: argparse.Namespace) -> Iterator[tuple[str, State]]:
    def at(path: str) -> State:
        return lambda page: _go(page, given.inbox + path)

    def conversation(name: str) -> State:
        def show(page: Page) -> None:
            _go(page, f"{given.inbox}/inbox")
            _open(page, name)

        return show

    def shortcuts(page: Page) -> None:
        _go(page, f"{given.inbox}/inbox")
        page.keyboard.press("?")

    yield "inbox", at("/inbox")
    yield "conversation", conversation("Sandro Kalandadze")
    yield "conversation-failed", conversation("Ana Rossi")
    yield "conversation-ending", conversation("Marta Jansen")
    yield "conversation-closed", conversation("Tornike B.")
    yield "conversation-right-to-left", conversation("دينا وليد")
    for view in ("mine", "ending", "attention", "snoozed", "resolved", "archived"):
        yield f"view-{view}", at(f"/inbox?view={view}")
    yield "search", at("/inbox?q=walnut")
    yield "search-nothing", at("/inbox?q=zebra")
    yield "shortcuts", shortcuts
    for name in ("profile", "people", "workspaces", "tokens", "connections", "health"):
        yield f"settings-{name}", at(f"/settings/{name}")
    yield "settings-connections-new", at("/settings/connections/new")
    yield "help", at("/help/")
    yield "help-page", at("/help/troubleshooting")
    yield "api", at("/api/docs")
    yield "not-found", at("/inbox/999999")
    yield "simulator", lambda page: _go(page, f"{given.simulator}/")
    yield "simulator-switches", lambda page: _go(page, f"{given.simulator}/switches")
    yield "login", _logged_out(given.inbox)


def _logged_out(inbox: str) -> State:
    def show(page: Page) -> None:
        page.context.clear_cookies()
        _go(page, f"{inbox}/login")

    return show


@contextmanager
def _page(browser: Browser, given: argparse.Namespace, width: int, theme: Any) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme=theme,
        reduced_motion="reduce",
        has_touch=width < 720,  # noqa: PLR2004 - a phone
        is_mobile=width < 720,  # noqa: PLR2004
    )
    page = context.new_page()
    _go(page, f"{given.inbox}/login")
    page.get_by_label("E-mail address").fill("admin@demo.inlet")
    page.get_by_label("Password").fill(given.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{given.inbox}/inbox")
    yield page
    context.close()


def _go(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_timeout(250)


def _open(page: Page, name: str) -> None:
    page.locator("#rows a", has_text=name).first.click()
    page.locator("#who", has_text=name).wait_for()
    page.wait_for_timeout(250)


def _answer(page: Page, text: str) -> None:
    page.locator("#draft").fill(text)
    page.locator("#composer button[type=submit]").click()
    page.locator(".msg", has_text=text).wait_for()


def _take(page: Page, path: Path) -> None:
    """Write what is shown as WebP: a quarter of the same PNG."""
    session = page.context.new_cdp_session(page)
    options = {"format": "webp", "quality": QUALITY}
    picture = session.send("Page.captureScreenshot", options)
    path.write_bytes(base64.b64decode(picture["data"]))


def _say(control: str, customer: str, text: str, **more: float) -> None:
    _call("POST", f"{control}/messages", {"customer": customer, "text": text, **more})


def _call(method: str, address: str, body: dict[str, Any]) -> None:
    requests.request(method, address, json=body, timeout=TIMEOUT).raise_for_status()


if __name__ == "__main__":
    main()
