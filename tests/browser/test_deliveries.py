"""Behind the tick stands how a message was sent: by keyboard, on a phone, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Permanent
from app.inbox import broken
from app.models import Integration
from app.models.database import writing
from tests.bodies import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.office import Office

pytestmark = pytest.mark.browser


@pytest.fixture
def address(office: Office, site: str) -> str:
    """A conversation with an answer that was sent and one that was refused."""
    office.take_in(message("m1", at=clock.now()))
    office.reply("Welcome")
    office.finish(office.begin(), Sent("x1"))
    office.reply("Hello " * 30)
    office.finish(office.begin(), Permanent(GraphFault("No such user " * 9, code=100)))
    return f"{site}/inbox/{office.thread().id}"


def test_enter_opens_it_and_escape_leads_back(
    page: Page, address: str, log_in: Callable[[Page], None], complaints: list[str]
) -> None:
    log_in(page)
    page.goto(address)
    tick = page.get_by_role("link", name="Sent", exact=True)
    tick.press("Enter")
    box = page.get_by_role("dialog", name="How it was sent")
    box.get_by_text("Attempt 1: Meta took it").wait_for()
    assert page.url == address
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    box.wait_for(state="hidden")
    assert tick.evaluate("link => link === document.activeElement")
    assert complaints == []


def test_on_a_phone_it_fits(phone: Page, address: str, log_in: Callable[[Page], None]) -> None:
    log_in(phone)
    phone.goto(address)
    phone.get_by_role("button", name="More about this message").tap()
    phone.get_by_role("link", name="Details").tap()
    phone.get_by_text("Attempt 1: refused").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    box = phone.locator("#deliveries").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    phone.get_by_role("button", name="Close").tap()
    phone.locator("#deliveries").wait_for(state="hidden")


def test_without_scripts_it_is_a_page(
    without_scripts: Page, address: str, log_in: Callable[[Page], None]
) -> None:
    log_in(without_scripts)
    without_scripts.goto(address)
    without_scripts.get_by_role("link", name="Sent", exact=True).click()
    without_scripts.get_by_role("heading", name="How it was sent").wait_for()
    without_scripts.get_by_text("Attempt 1: Meta took it").wait_for()
    without_scripts.get_by_role("link", name="Back to the conversation").click()
    without_scripts.get_by_text("Welcome").wait_for()


def test_a_held_message_is_discarded_in_place(
    page: Page,
    office: Office,
    address: str,
    log_in: Callable[[Page], None],
    complaints: list[str],
) -> None:
    office.reply("Not to go out")
    with writing(office.engine) as session:
        one = session.get_one(Integration, office.integration_id)
        broken.break_off(session, one.id, one.access_token, GraphFault("No", code=190))
    log_in(page)
    page.goto(address)
    held = page.locator(".msg.held")
    page.evaluate("scope = 'the same page'")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert Axe().run(page).violations_count == 0
    held.get_by_role("button", name="Discard").press("Enter")
    gone = page.locator(".msg.discarded")
    gone.get_by_text("Discarded, not sent").wait_for()
    assert gone.get_by_role("button").count() == 0
    assert page.evaluate("scope") == "the same page"
    assert page.url == address
    assert complaints == []
