"""The inbox without a mouse: shortcuts, the list of them, the drawer; and how to be rid of them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app import clock
from app.models import Conversation
from tests.bodies import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.office import Office

pytestmark = pytest.mark.browser

PLACES = """() => [...document.querySelectorAll("#rail *, #list > header *, .row, .row .pre")]
  .map(part => { const { x, y, height } = part.getBoundingClientRect(); return [x, y, height]; })
"""


@pytest.fixture
def inbox(page: Page, office: Office, site: str, log_in: Callable[[Page], None]) -> Page:
    """The inbox with three conversations: first, second, third."""
    now = clock.now()
    for n, text in enumerate(("third", "second", "first")):
        at = now - timedelta(hours=3 - n)
        office.take_in(message(text, text, person=f"70{n}", at=at))
    log_in(page)
    page.goto(f"{site}/inbox")
    return page


def expect_open(page: Page, text: str) -> None:
    expect(page.locator(".row.open")).to_contain_text(text)


def test_j_and_k_go_through_the_conversations(inbox: Page, complaints: list[str]) -> None:
    for key, text in (("j", "first"), ("j", "second"), ("j", "third"), ("k", "second")):
        inbox.keyboard.press(key)
        expect_open(inbox, text)
        expect(inbox.locator(".row.open > a")).to_be_focused()
    assert complaints == []


def test_r_writes_a_reply_in_which_letters_are_letters(inbox: Page) -> None:
    inbox.keyboard.press("j")
    expect(inbox.locator(".row.open > a")).to_be_focused()

    inbox.keyboard.press("r")
    inbox.keyboard.type("jerk?/")

    expect(inbox.get_by_label("Reply to")).to_have_value("jerk?/")
    expect_open(inbox, "first")


def test_escape_leaves_the_field_and_then_the_conversation(inbox: Page, site: str) -> None:
    inbox.keyboard.press("j")
    expect_open(inbox, "first")
    inbox.get_by_label("Reply to").focus()

    inbox.keyboard.press("Escape")
    expect(inbox.get_by_label("Reply to")).not_to_be_focused()
    inbox.keyboard.press("Escape")

    inbox.wait_for_url(f"{site}/inbox")


def test_slash_searches(inbox: Page) -> None:
    inbox.keyboard.press("/")
    inbox.keyboard.type("secon")
    inbox.keyboard.press("Enter")

    expect(inbox.locator(".row")).to_have_count(1)
    expect(inbox.locator(".row mark")).to_have_text("secon")


def test_e_resolves_the_conversation(inbox: Page, office: Office) -> None:
    inbox.keyboard.press("j")
    expect(inbox.locator(".row.open > a")).to_be_focused()

    inbox.keyboard.press("e")

    expect(inbox.locator(".row")).to_have_count(2)
    assert [one.status for one in office.rows(Conversation)] == ["open", "open", "resolved"]


def test_u_marks_as_read_and_as_unread_in_turn(inbox: Page) -> None:
    inbox.keyboard.press("j")
    expect(inbox.locator(".row.open > a")).to_be_focused()
    mark = inbox.locator(".row.open .dot")
    expect(mark).to_have_count(1)

    inbox.keyboard.press("u")
    expect(mark).to_have_count(0)
    inbox.keyboard.press("u")
    expect(mark).to_have_count(1)

    inbox.keyboard.press("?")
    expect(inbox.get_by_role("dialog")).to_contain_text("Mark as read or unread")


@pytest.mark.parametrize(("key", "text"), [("j", "third"), ("k", "first")])
def test_who_resolved_a_conversation_goes_on_from_its_place(
    inbox: Page, key: str, text: str
) -> None:
    inbox.keyboard.press("j")
    expect_open(inbox, "first")
    expect(inbox.locator(".row.open > a")).to_be_focused()
    inbox.keyboard.press("j")
    expect_open(inbox, "second")
    expect(inbox.locator(".row.open > a")).to_be_focused()

    inbox.keyboard.press("e")
    expect(inbox.locator(".row")).to_have_count(2)
    inbox.keyboard.press(key)

    expect_open(inbox, text)


def test_the_question_mark_shows_the_shortcuts(inbox: Page) -> None:
    inbox.keyboard.press("?")
    shown = inbox.get_by_role("dialog", name="Shortcuts")
    expect(shown).to_be_visible()
    inbox.keyboard.press("j")
    expect(shown).to_be_visible()

    inbox.keyboard.press("Escape")
    expect(shown).to_be_hidden()
    inbox.get_by_role("button", name="Shortcuts").click()
    expect(shown).to_be_visible()
    shown.get_by_role("button", name="Close").click()
    expect(shown).to_be_hidden()


def test_letters_can_be_switched_off(inbox: Page) -> None:
    inbox.evaluate("() => localStorage.setItem('keys', 'off')")

    inbox.keyboard.press("?")
    inbox.keyboard.press("/")

    expect(inbox.get_by_role("dialog")).to_be_hidden()
    expect(inbox.get_by_label("Search people and messages")).not_to_be_focused()


def test_the_drawer_opens_and_escape_closes_it(inbox: Page) -> None:
    inbox.set_viewport_size({"width": 1024, "height": 768})
    views = inbox.get_by_role("link", name=re.compile("Snoozed"))
    expect(views).to_be_hidden()

    inbox.get_by_role("button", name="Menu").focus()
    inbox.keyboard.press("Enter")
    expect(views).to_be_visible()
    inbox.keyboard.press("Escape")

    expect(views).to_be_hidden()
    expect(inbox.get_by_role("button", name="Menu")).to_be_focused()


def test_a_poll_moves_nothing_and_keeps_what_is_typed(inbox: Page, office: Office) -> None:
    field = inbox.get_by_label("Search people and messages")
    field.fill("half a wo")
    field.evaluate("field => field.setSelectionRange(2, 4)")
    places = inbox.evaluate(PLACES)

    office.take_in(message("new", "Something new", person="700", at=clock.now()))
    with inbox.expect_response("**/inbox/list*"):
        inbox.evaluate("() => htmx.trigger('#list', 'inlet:poll')")
    expect(inbox.locator(".row").last).to_contain_text("Something new")

    expect(field).to_have_value("half a wo")
    expect(field).to_be_focused()
    assert field.evaluate("field => [field.selectionStart, field.selectionEnd]") == [2, 4]
    assert inbox.evaluate(PLACES) == places


def test_a_poll_writes_the_numbers_of_the_views(inbox: Page, office: Office) -> None:
    link = inbox.get_by_role("link", name="All open")
    expect(link).to_contain_text("3")

    office.take_in(message("new", "Something new", person="709", at=clock.now()))
    inbox.evaluate("() => htmx.trigger('#list', 'inlet:poll')")

    expect(link).to_contain_text("4")
    assert inbox.locator("#views").count() == 1


def test_a_found_message_is_shown_in_its_place(inbox: Page, office: Office) -> None:
    start = clock.now() - timedelta(minutes=5)
    office.take_in(
        *(
            message(f"w{n}", f"word{n}", person="700", at=start + timedelta(seconds=n))
            for n in range(90)
        )
    )
    inbox.get_by_label("Search people and messages").fill("word12")
    inbox.keyboard.press("Enter")
    inbox.get_by_role("link", name="word12").click()

    expect(inbox.locator(".msg:target")).to_contain_text("word12")
    expect(inbox.locator(".msg:target")).to_be_in_viewport()
