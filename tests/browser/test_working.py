"""Working on a conversation in a real browser: keys, menus, no scripts, two people at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.inbox import integrations
from app.inbox.versions import raise_versions
from app.models import Conversation, Integration
from app.models.database import writing
from app.models.states import Role
from tests.bodies import message
from tests.browser.sessions import resume
from tests.inbox_pages.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from playwright.sync_api import Browser, Page

    from tests.office import Office

pytestmark = pytest.mark.browser


@pytest.fixture
def thread(page: Page, office: Office, site: str, log_in: Callable[[Page], None]) -> Page:
    """The page of a conversation in which a customer has just written."""
    office.take_in(message("m1", "Is it in stock?", at=clock.now()))
    log_in(page)
    page.goto(f"{site}/inbox/{office.thread().id}")
    return page


def tab_to(page: Page, name: str) -> None:
    """Press Tab until a button called ``name`` has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => document.activeElement.ariaLabel || document.activeElement.innerText || ''"
        )
        if focused.strip() == name:
            return
    pytest.fail(f"{name} is not reached with Tab")


def test_with_the_keyboard_alone_it_is_answered_and_resolved(
    thread: Page, office: Office, complaints: list[str]
) -> None:
    thread.keyboard.type("Yes, it is.")
    thread.keyboard.press("Control+Enter")
    expect(thread.locator(".msg.out")).to_contain_text("Yes, it is.")

    thread.evaluate("() => document.activeElement.blur()")
    tab_to(thread, "Resolve")
    thread.keyboard.press("Enter")

    expect(thread.locator("#state")).to_contain_text("Resolved.")
    assert office.thread().status == "resolved"
    tab_to(thread, "Undo")
    thread.keyboard.press("Enter")
    expect(thread.locator("#state")).to_have_count(0)
    expect(thread.locator("#log")).to_be_focused()
    assert office.thread().status == "open"
    assert complaints == []


def test_who_stands_on_a_button_that_goes_stays_in_the_thread(thread: Page, office: Office) -> None:
    thread.get_by_role("button", name="Resolve").click()
    thread.get_by_role("button", name="Undo").focus()
    office.take_in(message("m2", "One more thing", at=clock.now()))
    thread.evaluate("() => htmx.trigger('#live', 'inlet:poll')")

    expect(thread.locator("#state")).to_have_count(0)
    expect(thread.locator("#log")).to_be_focused()


def test_a_menu_is_opened_used_and_left_with_the_keyboard(thread: Page, office: Office) -> None:
    button = thread.locator("#assign")
    button.focus()
    thread.keyboard.press("Enter")
    expect(thread.locator("#assign-menu")).to_be_visible()
    thread.keyboard.press("Escape")
    expect(thread.locator("#assign-menu")).to_be_hidden()
    expect(button).to_be_focused()

    thread.keyboard.press("Enter")
    thread.keyboard.press("Tab")
    thread.keyboard.press("Enter")

    expect(button).to_contain_text("Agent Harbour")
    expect(thread.locator("#assign-menu")).to_be_hidden()
    assert office.thread().assignee_id is not None


def test_a_poll_leaves_an_open_menu_open(thread: Page, office: Office) -> None:
    thread.get_by_role("button", name="Snooze").first.click()
    thread.get_by_label("Another time").fill("2031-05-06T07:08")
    office.take_in(message("m2", "Hello?", at=clock.now()))

    thread.evaluate("() => htmx.trigger('#live', 'inlet:poll')")
    expect(thread.locator("#log")).to_contain_text("Hello?")

    expect(thread.locator("#snooze-menu")).to_be_visible()
    expect(thread.get_by_label("Another time")).to_have_value("2031-05-06T07:08")


def test_a_draft_survives_what_is_done_in_the_header(thread: Page, office: Office) -> None:
    thread.get_by_label("Reply to").fill("Half a thought")

    thread.get_by_role("button", name="Resolve").click()

    expect(thread.locator("#state")).to_contain_text("Resolved.")
    expect(thread.get_by_label("Reply to")).to_have_value("Half a thought")


def test_without_scripts_the_work_is_done(
    without_scripts: Page, office: Office, site: str, log_in: Callable[[Page], None]
) -> None:
    page = without_scripts
    office.take_in(message("m1", "Is it in stock?", at=clock.now()))
    log_in(page)
    page.goto(f"{site}/inbox")
    page.get_by_role("link", name="Is it in stock?").click()

    page.locator("#assign").click()
    page.locator("#assign-menu").get_by_role("button", name="Agent Harbour").click()
    expect(page.locator("#assign")).to_contain_text("Agent Harbour")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Mark as read").click()
    page.get_by_role("button", name="Snooze").first.click()
    page.get_by_role("button", name="Tomorrow").click()

    expect(page.locator("#state")).to_contain_text("Snoozed until")
    found = office.thread()
    assert (found.status, found.unread_count) == ("snoozed", 0)
    assert found.assignee_id is not None
    page.get_by_role("button", name="Undo").click()
    assert office.thread().status == "open"


def test_two_agents_see_each_others_work(
    app: Flask, thread: Page, chromium: Browser, office: Office, site: str
) -> None:
    other = chromium.new_context().new_page()
    resume(other, Visitor.member(app, office, Role.ADMIN), site)
    other.goto(thread.url)

    thread.get_by_role("button", name="Resolve").click()
    other.get_by_role("button", name="More", exact=True).click()
    other.get_by_role("button", name="Archive").click()

    expect(other.locator("#state")).to_contain_text("Archived.")
    expect(thread.locator("#state")).to_contain_text("Archived.")
    assert office.thread().status == "archived"
    other.context.close()


def test_what_the_customer_wrote_meanwhile_is_not_put_away(thread: Page, office: Office) -> None:
    office.take_in(message("m2", "One more thing", at=clock.now()))

    thread.get_by_role("button", name="Resolve").click()

    expect(thread.get_by_role("alert").first).to_contain_text("has written meanwhile")
    expect(thread.locator("#log")).to_contain_text("One more thing")
    assert office.thread().status == "open"


def test_a_refused_retry_says_why(thread: Page, office: Office) -> None:
    office.reply("Yes")
    office.finish(office.begin(), Permanent(GraphFault("no")))
    thread.reload()
    with writing(office.engine) as session:
        found = session.get_one(Integration, office.integration_id)
        integrations.enable(session, found, is_enabled=False)

    thread.get_by_role("button", name="More about this message").click()
    thread.get_by_role("button", name="Retry").click()

    expect(thread.get_by_role("alert").first).to_contain_text("switched off")
    thread.evaluate("() => htmx.trigger('#live', 'inlet:poll')")
    expect(thread.locator("#rule")).to_contain_text("This channel is switched off.")
    expect(thread.get_by_role("alert").first).to_contain_text("switched off")


def test_a_failed_message_is_edited_in_the_composer(thread: Page, office: Office) -> None:
    office.reply("Yess")
    office.finish(office.begin(), Permanent(GraphFault("no")))
    thread.reload()

    thread.get_by_role("link", name="Edit and resend").click()
    expect(thread.get_by_label("Reply to")).to_have_value("Yess")
    thread.get_by_label("Reply to").fill("Yes")
    thread.get_by_role("button", name="Send").click()

    expect(thread.locator(".msg.discarded")).to_contain_text("Yess")
    expect(thread.locator(".msg.queued")).to_contain_text("Yes")
    expect(thread.get_by_label("Reply to")).to_have_value("")
    assert office.states() == ["discarded", "queued"]


def test_when_the_window_closes_while_writing_the_draft_stays(thread: Page, office: Office) -> None:
    thread.get_by_label("Reply to").fill("Nearly done")
    thread.get_by_label("Reply to").evaluate("draft => draft.setSelectionRange(2, 6)")
    age(office, timedelta(hours=25))

    thread.evaluate("() => htmx.trigger('#live', 'inlet:poll')")

    expect(thread.locator("#rule")).to_contain_text("The reply window is closed.")
    expect(thread.get_by_role("button", name="Send")).to_be_disabled()
    draft = thread.get_by_label("Reply to")
    expect(draft).to_have_value("Nearly done")
    expect(draft).to_be_focused()
    assert draft.evaluate("draft => [draft.selectionStart, draft.selectionEnd]") == [2, 6]
    thread.keyboard.press("Control+Enter")
    office.take_in(message("m2", "Still there?", at=clock.now()))
    thread.evaluate("() => htmx.trigger('#live', 'inlet:poll')")
    expect(thread.get_by_role("button", name="Send")).to_be_enabled()
    assert office.states() == []


def test_in_the_human_agents_days_the_rule_is_said_and_an_answer_goes(
    thread: Page, office: Office
) -> None:
    with writing(office.engine) as session:
        found = session.get_one(Integration, office.integration_id)
        found.config = {**found.config, "human_agent": True}
    age(office, timedelta(days=2, hours=-1))
    thread.reload()

    expect(thread.locator("#rule")).to_contain_text("Promotional content is forbidden.")
    expect(thread.locator(".head .chip")).to_contain_text("human reply, 5 days left")
    thread.get_by_label("Reply to").fill("Sorry for the wait")
    thread.get_by_role("button", name="Send").click()
    expect(thread.locator(".msg.out")).to_contain_text("Sorry for the wait")


def test_too_much_text_is_not_sent(thread: Page, office: Office) -> None:
    thread.get_by_label("Reply to").fill("ä" * 501)

    expect(thread.locator("#count")).to_have_text("1002 of 1000 bytes: too long to send")
    expect(thread.get_by_role("button", name="Send")).to_be_disabled()
    thread.keyboard.press("Control+Enter")
    thread.get_by_label("Reply to").fill("ä" * 500)
    expect(thread.get_by_role("button", name="Send")).to_be_enabled()
    assert office.states() == []


def test_on_a_phone_everything_is_in_reach(
    phone: Page, office: Office, site: str, log_in: Callable[[Page], None]
) -> None:
    office.take_in(message("m1", "Is it in stock?", at=clock.now()))
    log_in(phone)
    phone.goto(f"{site}/inbox/{office.thread().id}")

    for button in phone.locator(".head button:visible, .composer button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    phone.get_by_role("button", name="Snooze").first.tap()
    phone.get_by_role("button", name="Tomorrow").tap()
    expect(phone.locator("#state")).to_contain_text("Snoozed until")


def test_on_a_phone_who_edits_a_message_can_write_at_once(
    phone: Page, office: Office, site: str, log_in: Callable[[Page], None]
) -> None:
    office.take_in(message("m1", "Is it in stock?", at=clock.now()))
    office.reply("Yes")
    office.finish(office.begin(), Permanent(GraphFault("no")))
    log_in(phone)
    phone.goto(f"{site}/inbox/{office.thread().id}")
    expect(phone.get_by_label("Reply to")).not_to_be_focused()

    phone.get_by_role("link", name="Edit and resend").tap()

    expect(phone.get_by_label("Reply to")).to_be_focused()
    phone.keyboard.type(", it is.")
    expect(phone.get_by_label("Reply to")).to_have_value("Yes, it is.")


def age(office: Office, by: timedelta) -> None:
    """Put the opening of the window back."""
    with writing(office.engine) as session:
        found = session.get_one(Conversation, office.thread().id)
        found.window_opened_at = clock.now() - by
        raise_versions(session, found.id, found.workspace_id)
