"""What arrives is shown, and nobody who reads or writes is disturbed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app import clock
from tests.bodies import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.office import Office

pytestmark = pytest.mark.browser

STATE = """() => {
  const log = document.querySelector("#log"), draft = document.querySelector("#draft");
  const third = document.querySelectorAll(".msg")[3];
  return {
    focus: document.activeElement.id,
    draft: [draft.value, draft.selectionStart, draft.selectionEnd],
    list: document.querySelector("#rows").scrollTop,
    message: [third.id, Math.round(third.getBoundingClientRect().top)],
  };
}"""


@pytest.fixture
def busy(page: Page, office: Office, site: str, log_in: Callable[[Page], None]) -> Page:
    """The page of a long conversation beside many others."""
    start = clock.now() - timedelta(hours=1)
    others = [message(f"o{n}", "Hi", person=f"55{n}", at=start) for n in range(30)]
    long = [message(f"m{n}", f"Message {n}.", at=start + timedelta(seconds=n)) for n in range(40)]
    office.take_in(*others, *long)
    newest = next(one for one in office.messages() if one.text == "Message 39.")
    log_in(page)
    page.goto(f"{site}/inbox/{newest.conversation_id}")
    return page


def poll(page: Page) -> None:
    with page.expect_response("**/inbox/list*"), page.expect_response("**/thread*"):
        page.evaluate("() => ['#list', '#live'].forEach(id => htmx.trigger(id, 'inlet:poll'))")


def arrive(office: Office, text: str) -> None:
    office.take_in(message(f"new {text}", text, at=clock.now()))


def test_a_message_appears_by_itself(busy: Page, office: Office, complaints: list[str]) -> None:
    arrive(office, "Are you there?")

    expect(busy.locator("#log")).to_contain_text("Are you there?")
    expect(busy.locator(".row.open")).to_contain_text("Are you there?")
    assert complaints == []


def test_who_writes_and_reads_above_is_not_disturbed(busy: Page, office: Office) -> None:
    draft = busy.get_by_label("Reply to")
    draft.fill("A half-written answer")
    busy.evaluate("() => document.querySelector('#log').scrollTo(0, -600)")
    busy.evaluate("() => document.querySelector('#rows').scrollTo(0, 250)")
    draft.evaluate("draft => draft.setSelectionRange(2, 6)")
    before = busy.evaluate(STATE)

    arrive(office, "Are you there?")
    poll(busy)
    expect(busy.locator("#log")).to_contain_text("Are you there?")

    assert busy.evaluate(STATE) == before
    busy.get_by_role("button", name="New messages").click()
    expect(busy.get_by_text("Are you there?").last).to_be_in_viewport()
    expect(busy.get_by_role("button", name="New messages")).to_be_hidden()


def test_selected_text_stays_selected(busy: Page, office: Office) -> None:
    last_but_one = busy.locator(".msg .text").nth(-2)
    selected = last_but_one.evaluate(
        "text => { getSelection().selectAllChildren(text); return getSelection().toString(); }"
    )

    arrive(office, "Are you there?")
    poll(busy)
    expect(busy.locator("#log")).to_contain_text("Are you there?")

    assert selected == "Message 38."
    assert busy.evaluate("() => getSelection().toString()") == selected


def test_who_reads_the_newest_follows(busy: Page, office: Office) -> None:
    arrive(office, "Are you there?")
    poll(busy)

    expect(busy.locator("#log").get_by_text("Are you there?")).to_be_in_viewport()
    expect(busy.get_by_role("button", name="New messages")).to_be_hidden()


def test_the_title_counts_unread_conversations(busy: Page, office: Office) -> None:
    assert busy.title().startswith("(31) ")
    office.take_in(message("another", "Hi", person="66", at=clock.now()))
    poll(busy)

    expect(busy).to_have_title(re.compile(r"^\(32\) "))


def test_a_lost_connection_is_said_and_taken_back(busy: Page) -> None:
    banner = busy.get_by_text("Connection lost.")
    expect(banner).to_be_hidden()
    busy.route("**/inbox/list*", lambda route: route.abort())
    busy.route("**/thread*", lambda route: route.abort())
    busy.evaluate("() => htmx.trigger('#list', 'inlet:poll')")
    expect(banner).to_be_visible()

    busy.unroute_all()
    poll(busy)

    expect(banner).to_be_hidden()
