"""The contact beside the conversation: up to date, a drawer where there is no room, no trap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from app import clock
from app.inbox import notes
from app.inbox.reply import Author
from app.models import ContactNote, Lead
from app.models.database import writing
from tests.bodies import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.office import Office

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 1024, "height": 800}


@pytest.fixture
def address(office: Office, site: str) -> str:
    """Where the conversation with somebody who wrote is."""
    office.take_in(message("m1", "Hello", at=clock.now()))
    return f"{site}/inbox/{office.thread().id}"


@pytest.fixture
def wide(page: Page, address: str, log_in: Callable[[Page], None]) -> Page:
    page.set_viewport_size(WIDE)  # type: ignore[arg-type] # is a plain dictionary
    log_in(page)
    page.goto(address)
    return page


def colleague_notes(office: Office, text: str) -> None:
    author = Author(office.workspace_id, None, "api")
    with writing(office.engine) as session:
        notes.add(session, author, office.thread().contact_id, text)


def poll(page: Page) -> None:
    page.evaluate("htmx.trigger('#live', 'inlet:poll')")


def test_a_colleagues_note_appears_and_a_half_written_one_stays(
    wide: Page, office: Office, complaints: list[str]
) -> None:
    half = wide.get_by_label("Note about")
    half.fill("Prefers mor")
    half.evaluate("area => area.setSelectionRange(3, 6)")

    colleague_notes(office, "Sent her the catalogue")
    poll(wide)

    expect(wide.get_by_text("Sent her the catalogue")).to_be_visible()
    expect(half).to_have_value("Prefers mor")
    expect(half).to_be_focused()
    assert half.evaluate("area => [area.selectionStart, area.selectionEnd]") == [3, 6]
    assert complaints == []


def test_a_note_is_added_in_place(wide: Page, office: Office) -> None:
    wide.get_by_label("Reply to").fill("Half a reply")
    wide.get_by_label("Note about").fill("Prefers mornings")
    wide.get_by_role("button", name="Add note").click()

    expect(wide.locator(".notes li")).to_have_count(1)
    expect(wide.get_by_label("Note about")).to_have_value("")
    expect(wide.get_by_label("Reply to")).to_have_value("Half a reply")

    wide.get_by_text("Delete", exact=True).click()
    wide.get_by_role("button", name="Delete this note").click()
    expect(wide.locator(".notes li")).to_have_count(0)
    assert office.rows(ContactNote) == []


def test_a_note_that_was_not_saved_is_said_and_stays(wide: Page) -> None:
    wide.route("**/notes", lambda route: route.abort())
    wide.get_by_label("Note about").fill("Prefers mornings")

    wide.get_by_role("button", name="Add note").click()

    expect(wide.get_by_text("Not saved.")).to_be_visible()
    expect(wide.get_by_label("Note about")).to_have_value("Prefers mornings")


def test_a_half_written_note_outlives_the_way_to_another_page(wide: Page, address: str) -> None:
    wide.get_by_label("Note about").fill("Prefers mor")

    wide.goto(address.rpartition("/")[0])
    wide.goto(address)

    expect(wide.get_by_label("Note about")).to_have_value("Prefers mor")


def test_a_refused_note_says_why_in_the_panel(wide: Page) -> None:
    wide.get_by_label("Note about").fill("   ")
    wide.get_by_role("button", name="Add note").click()

    expect(wide.get_by_text("The note is empty.")).to_be_visible()
    expect(wide.locator("#list")).to_be_visible()
    expect(wide.locator("#panel")).to_be_visible()


def test_a_stage_is_set_in_place(wide: Page, office: Office) -> None:
    save = wide.locator(".stage button")
    expect(save).to_be_hidden()
    wide.get_by_label("Lead").select_option("Won")
    save.click()

    expect(wide.get_by_text("Closed on")).to_be_visible()
    expect(save).to_be_hidden()
    assert office.row(Lead).stage == "won"


def test_a_new_message_shows_in_the_timeline(wide: Page, office: Office) -> None:
    expect(wide.locator("#panel .what")).to_have_text("Hello")

    office.take_in(message("m2", "Again", at=clock.now()))
    poll(wide)

    expect(wide.locator("#panel .what")).to_have_text("2 messages")


def test_older_notes_come_in_place_and_nothing_typed_is_lost(
    wide: Page, office: Office, address: str
) -> None:
    for n in range(25):
        colleague_notes(office, f"Number {n}.")
    wide.reload()
    wide.get_by_label("Note about").fill("Half")

    wide.get_by_role("link", name="Earlier notes").click()

    expect(wide.get_by_text("Number 3.")).to_be_visible()
    expect(wide.get_by_text("Number 24.")).to_have_count(0)
    expect(wide.get_by_label("Note about")).to_have_value("Half")
    assert wide.url == address


def test_where_there_is_no_room_the_panel_is_a_drawer(
    page: Page, office: Office, address: str, log_in: Callable[[Page], None]
) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type] # is a plain dictionary
    log_in(page)
    page.goto(address)
    panel = page.locator("#panel")
    expect(panel).to_be_hidden()

    page.get_by_role("button", name="Contact").press("Enter")
    expect(panel).to_be_visible()
    page.get_by_label("Note about").fill("From the drawer")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".notes li")).to_have_count(1)
    colleague_notes(office, "And from a colleague")
    poll(page)
    expect(page.locator(".notes li")).to_have_count(2)
    expect(panel).to_be_visible()
    assert Axe().run(page).violations_count == 0

    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Contact").click()
    page.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()


def test_without_scripts_it_works_as_well(
    without_scripts: Page, office: Office, address: str, log_in: Callable[[Page], None]
) -> None:
    page = without_scripts
    page.set_viewport_size(NARROW)  # type: ignore[arg-type] # is a plain dictionary
    log_in(page)
    page.goto(address)

    page.get_by_role("button", name="Contact").click()
    page.get_by_label("Note about").fill("Without a script")
    page.get_by_role("button", name="Add note").click()
    page.wait_for_url(address)
    page.get_by_role("button", name="Contact").click()

    expect(page.get_by_text("Without a script")).to_be_visible()
    assert office.row(ContactNote).text == "Without a script"
