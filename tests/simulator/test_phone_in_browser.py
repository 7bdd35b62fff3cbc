"""A newcomer in front of a phone, in a real browser."""

from collections.abc import Iterator
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from simulator import create_app
from simulator.config import Settings
from tests.simulator.conftest import Inbox, Sim, eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def served(settings: Settings) -> Iterator[tuple[Sim, str]]:
    """The simulator behind a port, and its address."""
    app = create_app(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    sim = Sim(app.test_client(), app.extensions["simulator"])
    yield sim, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    sim.world.close()


@pytest.fixture
def site(served: tuple[Sim, str]) -> str:
    return served[1]


@pytest.fixture
def running(served: tuple[Sim, str]) -> Sim:
    return served[0]


def igsid_of(inbox: Inbox) -> str:
    return str(inbox.requests[0].items[0]["sender"]["id"])


def test_a_newcomer_writes_and_is_answered(
    page: Page, site: str, running: Sim, inbox: Inbox
) -> None:
    page.goto(site)
    expect(page.get_by_role("heading", name="You are the customer.")).to_be_visible()
    page.get_by_role("link", name="Ann").click()
    page.wait_for_url("**/phone/**")
    page.get_by_label("Message", exact=True).press_sequentially("Is it open?")
    page.keyboard.press("Enter")
    expect(page.locator(".msg.sent")).to_contain_text("Is it open?")
    expect(page.locator(".msg.sent")).to_contain_text("the inbox has it")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")

    page.keyboard.type("a draft")
    running.reply(igsid_of(inbox), "Until six.")
    expect(page.locator(".msg.received")).to_contain_text("Until six.")
    expect(page.get_by_label("Message", exact=True)).to_have_value("a draft")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()


def test_an_answer_below_is_announced_and_not_jumped_to(
    page: Page, site: str, running: Sim, inbox: Inbox
) -> None:
    for number in range(30):
        running.write(f"line {number}")
    eventually(lambda: len(inbox.requests) == 30)
    page.goto(f"{site}/phone/1/17841400000000001")
    log = page.get_by_role("log")
    log.evaluate("log => { log.scrollTop = -600 }")
    running.reply(igsid_of(inbox), "far below")
    newer = page.get_by_role("button", name="New message")
    expect(newer).to_be_visible()
    assert log.evaluate("log => log.scrollTop") < -300
    assert not running.control("GET", "messages")["items"][0]["seen"]
    newer.click()
    expect(newer).to_be_hidden()
    expect(page.get_by_text("far below").last).to_be_in_viewport()
    eventually(lambda: running.control("GET", "messages")["items"][0]["seen"])


def test_the_menu_by_keyboard(page: Page, site: str, inbox: Inbox) -> None:
    page.goto(f"{site}/phone/1/17841400000000001")
    page.locator(".more summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".more summary")).to_be_focused()
    expect(page.get_by_role("button", name="A poll")).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_have_text("A photo was sent.")
    expect(page.locator(".msg.sent img")).to_be_visible()
    eventually(lambda: inbox.requests)


def test_without_scripts(chromium: Browser, site: str, running: Sim, inbox: Inbox) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/phone/1/17841400000000001")
    page.get_by_label("Message", exact=True).fill("plain form")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".msg.sent")).to_contain_text("plain form")
    eventually(lambda: inbox.requests)
    running.reply(igsid_of(inbox), "plain answer")
    page.get_by_role("link", name="Look for new answers").click()
    expect(page.locator(".msg.received")).to_contain_text("plain answer")
    page.goto(f"{site}/switches")
    page.get_by_label("Out of order").check()
    page.get_by_role("button", name="Set the switches").click()
    assert running.control("GET", "switches")["reorder"] is True
    page.get_by_role("button", name="Reset: Out of order").click()
    assert running.control("GET", "switches")["reorder"] is False
    context.close()


@pytest.mark.parametrize(
    "path", ["/", "/phone/1/17841400000000001", "/switches", "/lively", "/passed"]
)
def test_axe_finds_nothing(page: Page, site: str, running: Sim, inbox: Inbox, path: str) -> None:
    igsid = running.write("w" * 300)["igsid"]
    running.write("مرحبا", kind="story_reply")
    running.write(kind="unsend")
    running.reply(igsid, "🧶")
    running.switch(duplicate=1, error={"code": 190})
    page.goto(f"{site}{path}")
    for summary in page.locator("summary").all()[:4]:
        summary.click()
    found = []
    for scheme in ("light", "dark"):
        for width in (1440, 390):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 844})
            results = Axe().run(page)
            if results.violations_count:
                found.append(f"{scheme} {width}: {results.generate_report()}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert found == []
