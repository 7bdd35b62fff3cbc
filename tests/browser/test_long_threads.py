"""A long conversation: older messages come as one scrolls, and nothing jumps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.inbox.versions import raise_versions
from app.models import Conversation
from app.models.database import writing
from tests.bodies import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.office import Office

pytestmark = pytest.mark.browser

SHIFTS = """() => new Promise(done => {
  window.shifts = [];
  new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(e => e.value)))
    .observe({ type: "layout-shift", buffered: false });
  done();
})"""
TOP = "id => document.getElementById(id).getBoundingClientRect().top"
SHOWN = """() => {
  const top = document.querySelector("#log").getBoundingClientRect().top;
  return [...document.querySelectorAll(".msg")].find(
    one => one.getBoundingClientRect().top > top).id;
}"""


NEWEST = "() => [...document.querySelectorAll('.msg')].at(-1).id"
BOTTOM = "id => document.getElementById(id).getBoundingClientRect().bottom"


@pytest.fixture
def long(page: Page, office: Office, site: str, log_in: Callable[[Page], None]) -> Page:
    """The page of a conversation of 130 messages."""
    start = clock.now() - timedelta(hours=2)
    office.take_in(
        *(message(f"m{n}", f"Message {n}.", at=start + timedelta(seconds=n)) for n in range(130))
    )
    log_in(page)
    page.goto(f"{site}/inbox/{office.thread().id}")
    return page


def scroll(page: Page, to: int) -> None:
    page.evaluate("to => document.querySelector('#log').scrollTo(0, to)", to)


def poll(page: Page) -> None:
    with page.expect_response("**/thread*"):
        page.evaluate("() => htmx.trigger('#live', 'inlet:poll')")


def settled(page: Page) -> None:
    """Wait until two frames were drawn."""
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def load_everything(page: Page) -> None:
    for count in (100, 130):
        scroll(page, -100_000)
        expect(page.locator(".msg")).to_have_count(count)


def test_older_messages_leave_an_open_menu_open(long: Page) -> None:
    long.get_by_role("button", name="Snooze").first.click()

    scroll(long, -100_000)
    expect(long.locator(".msg")).to_have_count(100)

    expect(long.locator("#snooze-menu")).to_be_visible()


def test_older_messages_come_by_scrolling_and_the_place_is_kept(long: Page) -> None:
    expect(long.locator(".msg")).to_have_count(50)
    with long.expect_response("**/older*"):
        scroll(long, -2400)
        shown = long.evaluate(SHOWN)
        before = long.evaluate(TOP, shown)
    expect(long.locator(".msg")).to_have_count(100)
    settled(long)

    assert abs(long.evaluate(TOP, shown) - before) <= 1


def test_all_of_them_come_in_order_and_a_day_is_named_once(long: Page) -> None:
    load_everything(long)

    assert long.locator(".msg .text").all_text_contents() == [f"Message {n}." for n in range(130)]
    assert long.get_by_role("link", name="Show older").count() == 0
    names = long.locator(".day").all_inner_texts()
    assert len(names) == len(set(names))


def test_a_poll_keeps_what_was_loaded_and_moves_nothing(long: Page, office: Office) -> None:
    load_everything(long)
    scroll(long, -3000)
    settled(long)
    shown = long.evaluate(SHOWN)
    before = long.evaluate(TOP, shown)
    long.evaluate(SHIFTS)

    office.take_in(message("new", "Are you there?", at=clock.now()))
    poll(long)
    expect(long.locator("#log")).to_contain_text("Are you there?")
    settled(long)

    expect(long.locator(".msg")).to_have_count(131)
    assert abs(long.evaluate(TOP, shown) - before) <= 1
    assert long.evaluate("() => window.shifts.reduce((sum, one) => sum + one, 0)") < 0.01
    expect(long.locator("#news")).to_contain_text("New messages")
    expect(long.locator("#news-count")).to_have_text("1")


def test_a_poll_without_news_shifts_nothing(long: Page, office: Office) -> None:
    long.evaluate(SHIFTS)
    with writing(office.engine) as session:
        found = session.get_one(Conversation, office.thread().id)
        raise_versions(session, found.id, found.workspace_id)
    poll(long)
    settled(long)

    assert long.evaluate("() => window.shifts.length") == 0


@pytest.mark.parametrize(("place", "which", "edge"), [(-900, SHOWN, TOP), (0, NEWEST, BOTTOM)])
def test_a_message_that_fails_leaves_what_is_read_in_its_place(
    long: Page, office: Office, place: int, which: str, edge: str
) -> None:
    office.reply("Yes, it is.")
    poll(long)
    call = office.begin()
    scroll(long, place)
    settled(long)
    one = long.evaluate(which)
    before = long.evaluate(edge, one)

    office.finish(call, Permanent(GraphFault("no")))
    poll(long)
    expect(long.locator(".msg.failed")).to_have_count(1)
    settled(long)

    assert abs(long.evaluate(edge, one) - before) <= 1


def test_an_undo_leaves_what_is_read_in_its_place(long: Page) -> None:
    long.get_by_role("button", name="Resolve").click()
    undo = long.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    scroll(long, -900)
    settled(long)
    shown = long.evaluate(SHOWN)
    before = long.evaluate(TOP, shown)

    undo.click()
    expect(undo).to_have_count(0)
    settled(long)

    assert abs(long.evaluate(TOP, shown) - before) <= 1


def test_the_bar_counts_what_is_new_until_it_is_seen(long: Page, office: Office) -> None:
    scroll(long, -900)
    for n in range(2):
        office.take_in(message(f"new{n}", f"New {n}", at=clock.now()))
        poll(long)
        expect(long.locator("#news-count")).to_have_text(str(n + 1))

    long.get_by_role("button", name="New messages").click()

    expect(long.locator("#news")).to_be_hidden()
    expect(long.get_by_text("New 1", exact=True).last).to_be_in_viewport()


def test_an_address_with_a_message_leads_to_it(long: Page, office: Office) -> None:
    wanted, address = office.messages()[100].id, long.url
    long.goto("about:blank")
    long.goto(f"{address}#m{wanted}")

    expect(long.locator(f"#m{wanted}")).to_be_in_viewport()
    outline = long.locator(f"#m{wanted}").evaluate("one => getComputedStyle(one).outlineStyle")
    assert outline == "solid"


def test_without_scripts_older_messages_are_a_page(
    without_scripts: Page, office: Office, site: str, log_in: Callable[[Page], None]
) -> None:
    start = clock.now() - timedelta(hours=2)
    office.take_in(
        *(message(f"m{n}", f"Message {n}.", at=start + timedelta(seconds=n)) for n in range(60))
    )
    log_in(without_scripts)
    without_scripts.goto(f"{site}/inbox/{office.thread().id}")

    without_scripts.get_by_role("link", name="Show older").click()

    expect(without_scripts.locator(".msg")).to_have_count(10)
    without_scripts.get_by_role("link", name="Back to the newest").click()
    expect(without_scripts.locator(".msg")).to_have_count(50)
