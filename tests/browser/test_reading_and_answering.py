from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.models import Conversation
from app.models.database import writing
from app.models.states import Role
from tests.bodies import echo, message
from tests.inbox_pages.visitor import PASSWORD, email_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

    from tests.office import Office

pytestmark = pytest.mark.browser


@pytest.fixture
def thread(page: Page, office: Office, site: str, log_in: Callable[[Page], None]) -> Page:
    """The page of a conversation in which a customer has just written."""
    office.take_in(message("m1", "Is it in stock?", at=clock.now()))
    log_in(page)
    page.goto(f"{site}/inbox/{office.thread().id}")
    return page


def test_from_the_login_to_the_answer_with_the_keyboard_alone(
    page: Page,
    office: Office,
    site: str,
    log_in: Callable[[Page], None],
    complaints: list[str],
) -> None:
    office.take_in(message("m1", "Is it in stock?", at=clock.now()))
    page.goto(site)
    page.keyboard.type(email_of(office, Role.AGENT))
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/inbox")
    row = page.locator(".row a")
    while not row.evaluate("row => row === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/inbox/*")

    page.keyboard.type("Yes, it is.")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".msg.out")).to_contain_text("Yes, it is.")
    expect(page.get_by_label("Reply to")).to_have_value("")
    expect(page.get_by_label("Reply to")).to_be_focused()
    expect(page.locator(".row")).to_contain_text("You: Yes, it is.")
    assert office.texts() == ["Is it in stock?", "Yes, it is."]
    assert complaints == []


def test_answering_twice_needs_no_reload(thread: Page, office: Office) -> None:
    for text in ("one", "two"):
        thread.get_by_label("Reply to").fill(text)
        thread.get_by_role("button", name="Send").click()
        expect(thread.locator(".msg.out").last).to_contain_text(text)

    assert office.texts()[1:] == ["one", "two"]


def test_sending_twice_in_a_hurry_is_one_message(thread: Page, office: Office) -> None:
    thread.get_by_label("Reply to").fill("Yes")
    thread.evaluate(
        "() => { const f = document.forms.composer; f.requestSubmit(); f.requestSubmit(); }"
    )

    expect(thread.locator(".msg.out")).to_have_count(1)
    expect(thread.get_by_label("Reply to")).to_have_value("")
    assert office.texts()[1:] == ["Yes"]


def test_a_refused_answer_stays_in_the_composer(thread: Page, office: Office) -> None:
    thread.get_by_label("Reply to").fill("Too late")
    with writing(office.engine) as session:
        session.execute(update(Conversation).values(window_opened_at=None))

    thread.get_by_role("button", name="Send").click()

    expect(thread.get_by_role("alert").first).to_contain_text("The time to answer")
    expect(thread.get_by_label("Reply to")).to_have_value("Too late")

    thread.get_by_label("Reply to").fill("Really")
    expect(thread.get_by_role("alert")).to_have_count(0)


def _no_connection(route: Route) -> None:
    route.abort()


def _server_in_trouble(route: Route) -> None:
    route.fulfill(status=503, body="<p>away</p>")


@pytest.mark.parametrize(
    ("answer", "words"),
    [(_no_connection, "there is no connection"), (_server_in_trouble, "the server has a problem")],
)
def test_what_could_not_be_sent_stays_and_is_sent_later(
    thread: Page, office: Office, answer: Callable[[Route], None], words: str
) -> None:
    thread.route("**/reply*", answer)
    thread.get_by_label("Reply to").fill("Important")
    thread.get_by_role("button", name="Send").click()
    expect(thread.get_by_role("alert")).to_contain_text(words)
    expect(thread.get_by_label("Reply to")).to_have_value("Important")

    thread.reload()
    expect(thread.get_by_label("Reply to")).to_have_value("Important")
    thread.unroute("**/reply*")
    thread.get_by_role("button", name="Send").click()

    expect(thread.locator(".msg.out")).to_contain_text("Important")
    assert office.texts()[1:] == ["Important"]


def test_that_the_connection_is_back_is_said_until_it_is_sent(thread: Page, office: Office) -> None:
    thread.route("**/reply*", _no_connection)
    thread.get_by_label("Reply to").fill("Important")
    thread.get_by_role("button", name="Send").click()
    expect(thread.get_by_role("alert")).to_contain_text("there is no connection")
    thread.unroute("**/reply*")

    thread.evaluate("() => htmx.trigger('#live', 'inlet:poll')")
    expect(thread.get_by_role("alert")).to_contain_text("The connection is back.")
    expect(thread.get_by_role("alert")).not_to_contain_text("no connection")

    thread.get_by_role("button", name="Send").click()
    expect(thread.locator(".msg.out")).to_contain_text("Important")
    expect(thread.locator("#unsent")).to_be_hidden()
    assert office.texts()[1:] == ["Important"]


def test_who_writes_learns_that_a_colleague_has_answered(thread: Page, office: Office) -> None:
    draft = thread.get_by_label("Reply to")
    draft.fill("Let me look")
    place = draft.bounding_box()
    office.reply("Yes, three of them", author_id=office.person("Maria").id)
    thread.evaluate("() => htmx.trigger('#live', 'inlet:poll')")

    expect(thread.get_by_role("status").filter(has_text="Maria")).to_have_text(
        "Maria answered a moment ago."
    )
    expect(thread.locator(".msg.out")).to_be_in_viewport()
    expect(draft).to_have_value("Let me look")
    assert draft.bounding_box() == place

    thread.get_by_role("button", name="Send").click()
    expect(thread.locator(".msg.out")).to_have_count(2)
    expect(thread.locator("#answered")).to_be_empty()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda office: office.reply("Yes"), "A program answered a moment ago."),
        (
            lambda office: office.take_in(echo("e1", "Yes", at=clock.now())),
            "Somebody answered in the Instagram app a moment ago.",
        ),
    ],
)
def test_an_answer_of_no_colleague_is_said_in_a_sentence(
    thread: Page, office: Office, answer: Callable[[Office], object], words: str
) -> None:
    thread.get_by_label("Reply to").fill("Let me look")
    answer(office)
    thread.evaluate("() => htmx.trigger('#live', 'inlet:poll')")

    expect(thread.locator("#answered")).to_have_text(words)


def test_after_the_session_ended_the_login_leads_back_to_the_draft(
    thread: Page, office: Office
) -> None:
    thread.get_by_label("Reply to").fill("Half a thought")
    address = thread.url
    thread.context.clear_cookies(name="inlet")

    thread.evaluate("() => htmx.trigger('#live', 'inlet:poll')")

    thread.wait_for_url(re.compile(r"/login\?next="))
    thread.get_by_label("E-mail address").fill(email_of(office, Role.AGENT))
    thread.get_by_label("Password").fill(PASSWORD)
    thread.get_by_role("button", name="Log in").click()
    thread.wait_for_url(address)
    expect(thread.get_by_label("Reply to")).to_have_value("Half a thought")


def test_without_scripts_everything_is_read_and_answered(
    without_scripts: Page, office: Office, site: str, log_in: Callable[[Page], None]
) -> None:
    page = without_scripts
    office.take_in(message("m1", "Is it in stock?", at=clock.now()))
    log_in(page)
    page.goto(f"{site}/inbox")
    page.get_by_role("link", name="Is it in stock?").click()

    page.get_by_label("Reply to").fill("ä" * 501)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert").first).to_contain_text("too long")
    page.get_by_label("Reply to").fill("Yes,\nit is.")
    page.get_by_role("button", name="Send").click()

    expect(page.locator(".msg.out")).to_contain_text("it is.")
    assert office.texts()[1:] == ["Yes,\nit is."]


def test_a_failed_message_is_sent_again_from_where_it_stands(thread: Page, office: Office) -> None:
    office.reply("Yes")
    office.finish(office.begin(), Permanent(GraphFault("no")))
    thread.reload()

    thread.get_by_role("button", name="More about this message").click()
    thread.get_by_role("button", name="Retry").click()

    expect(thread.get_by_role("button", name="Retry")).to_have_count(0)
    expect(thread.locator(".msg.out")).to_contain_text("Waiting to be sent")
    expect(thread.locator(".msg.out .status")).to_be_focused()
    assert office.states() == ["queued"]
