"""A poll moves no row that can be seen: it changes rows in place, and a bar offers the order."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app import clock
from app.inbox import triage
from app.models import Conversation
from app.models.database import writing
from app.models.states import ConversationStatus
from tests.bodies import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.office import Office

pytestmark = pytest.mark.browser

WATCH = """() => {
  window.shifts = [];
  const tell = ({ node, previousRect: from, currentRect: to }) =>
    `${node?.className ?? node?.textContent} ${from.x},${from.y} -> ${to.x},${to.y}`;
  new PerformanceObserver(list => list.getEntries().forEach(entry =>
    entry.hadRecentInput || window.shifts.push(...entry.sources.map(tell), entry.value)))
    .observe({ type: "layout-shift", buffered: false });
}"""
SHIFTS = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
  () => done(window.shifts))))"""
PLACES = """() => [...document.querySelectorAll(".row")]
  .map(row => [row.id, Math.round(row.getBoundingClientRect().top)])"""
HIDE = """isHidden => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def inbox(page: Page, office: Office, site: str, log_in: Callable[[Page], None]) -> Page:
    """The inbox with thirty conversations: person 5529 wrote last, 5500 first."""
    start = clock.now() - timedelta(hours=2)
    office.take_in(
        *(message(f"m{n}", f"Old {n}", person=f"55{n:02}", at=start + n * timedelta(minutes=1))
          for n in range(30))
    )  # fmt: skip
    log_in(page)
    page.goto(f"{site}/inbox")
    page.wait_for_function("() => window.htmx")
    page.evaluate(WATCH)
    return page


def arrive(office: Office, text: str, person: str) -> None:
    office.take_in(message(f"{text} {person}", text, person=person, at=clock.now()))


def poll(page: Page) -> None:
    with page.expect_response("**/inbox/list*"):
        page.evaluate("() => htmx.trigger('#list', 'inlet:poll')")


def bar(page: Page) -> Any:
    return page.locator("#fresh")


def first(page: Page) -> Any:
    return page.locator(".row").first


def test_rows_change_where_they_stand_and_nothing_shifts(
    inbox: Page, office: Office, complaints: list[str]
) -> None:
    places = inbox.evaluate(PLACES)
    for n in range(5):
        for person in ("5525", "5503", f"551{n}"):
            arrive(office, f"News {n}", person)
        poll(inbox)
        expect(inbox.locator(".row", has_text=f"News {n}")).to_have_count(3)

    assert inbox.evaluate(PLACES) == places
    assert inbox.evaluate(SHIFTS) == []
    expect(inbox.locator(".row").nth(4)).to_contain_text("News 4")
    expect(inbox.locator(".row").nth(4).locator(".dot")).to_contain_text("6")
    expect(bar(inbox)).to_have_text("7 conversations have news")
    assert complaints == []


def test_the_bar_brings_the_order(inbox: Page, office: Office) -> None:
    arrive(office, "First news", "5510")
    arrive(office, "Second news", "5511")
    poll(inbox)

    bar(inbox).click()

    expect(first(inbox)).to_contain_text("Second news")
    expect(inbox.locator(".row").nth(1)).to_contain_text("First news")
    expect(inbox.locator(".row")).to_have_count(30)
    expect(bar(inbox)).to_be_hidden()


def test_new_conversations_wait_for_the_bar_too(inbox: Page, office: Office) -> None:
    for person in ("601", "602"):
        arrive(office, "I am new", person)
    poll(inbox)
    expect(bar(inbox)).to_have_text("2 new conversations")
    expect(inbox.get_by_text("I am new")).to_have_count(0)

    bar(inbox).click()

    expect(first(inbox)).to_contain_text("I am new")
    expect(inbox.locator(".row")).to_have_count(32)


def test_news_about_the_first_row_needs_no_bar(inbox: Page, office: Office) -> None:
    arrive(office, "Me again", "5529")
    poll(inbox)

    expect(first(inbox)).to_contain_text("Me again")
    expect(bar(inbox)).to_be_hidden()


def test_what_is_out_of_view_takes_its_place_at_once(inbox: Page, office: Office) -> None:
    inbox.set_viewport_size({"width": 1200, "height": 400})
    inbox.evaluate("() => document.querySelector('#rows').scrollTo(0, 900)")
    shown = [one for one in inbox.evaluate(PLACES) if 0 < one[1] < 400]
    arrive(office, "From far up", "5528")
    poll(inbox)

    expect(first(inbox)).to_contain_text("From far up")
    expect(bar(inbox)).to_be_hidden()
    assert [one for one in inbox.evaluate(PLACES) if 0 < one[1] < 400] == shown
    assert inbox.evaluate(SHIFTS) == []


def test_a_row_that_leaves_keeps_its_place_until_asked(inbox: Page, office: Office) -> None:
    with writing(office.engine) as session:
        gone = office.rows(Conversation)[27]
        found = triage.locked(session, office.workspace_id, gone.id)
        triage.set_status(session, found, ConversationStatus.RESOLVED)
    poll(inbox)
    expect(bar(inbox)).to_have_text("The list has changed")
    expect(inbox.locator(".row")).to_have_count(30)
    assert inbox.evaluate(SHIFTS) == []

    bar(inbox).click()

    expect(inbox.locator(".row")).to_have_count(29)


def test_the_row_with_the_focus_keeps_it(inbox: Page, office: Office) -> None:
    row = inbox.locator(".row a").nth(5)
    row.focus()
    wanted = row.get_attribute("href")
    focused = "() => document.activeElement.getAttribute('href')"

    arrive(office, "I would jump", "5510")
    poll(inbox)
    expect(bar(inbox)).to_be_visible()
    assert inbox.evaluate(focused) == wanted

    inbox.keyboard.press(".")
    expect(first(inbox)).to_contain_text("I would jump")
    assert inbox.evaluate(focused) == wanted


def test_who_presses_the_bar_by_keyboard_goes_on_at_the_first_row(
    inbox: Page, office: Office
) -> None:
    arrive(office, "Look here", "5510")
    poll(inbox)
    bar(inbox).focus()

    inbox.keyboard.press("Enter")

    expect(first(inbox).locator("a")).to_be_focused()
    expect(first(inbox)).to_contain_text("Look here")


def test_news_are_said_once_not_with_every_poll(inbox: Page, office: Office) -> None:
    said = inbox.get_by_role("status").filter(has_text="news")
    for n, person in enumerate(("5510", "5511", "5512")):
        arrive(office, f"News {n}", person)
        poll(inbox)
        expect(bar(inbox)).to_contain_text("news")
    expect(bar(inbox)).to_contain_text("3 conversations")

    expect(said).to_have_text("1 conversation has news")
    bar(inbox).click()
    expect(said).to_have_count(0)


def test_who_acts_gets_the_order_with_it(inbox: Page, office: Office, site: str) -> None:
    newest = next(one for one in office.messages() if one.text == "Old 29")
    inbox.goto(f"{site}/inbox/{newest.conversation_id}")
    arrive(office, "Waiting below", "5510")
    poll(inbox)
    expect(bar(inbox)).to_be_visible()

    inbox.get_by_role("button", name="Resolve").click()

    expect(first(inbox)).to_contain_text("Waiting below")
    expect(bar(inbox)).to_be_hidden()


def test_who_comes_back_to_the_tab_finds_the_new_order(inbox: Page, office: Office) -> None:
    inbox.evaluate(HIDE, arg=True)
    arrive(office, "While you were away", "5510")
    with inbox.expect_response("**/inbox/list*"):
        inbox.evaluate(HIDE, arg=False)

    expect(first(inbox)).to_contain_text("While you were away")
    expect(bar(inbox)).to_be_hidden()


def test_the_first_message_takes_the_place_of_an_empty_list(
    page: Page, office: Office, site: str, log_in: Callable[[Page], None]
) -> None:
    log_in(page)
    page.goto(f"{site}/inbox")
    page.wait_for_function("() => window.htmx")
    page.mouse.wheel(0, 1)
    arrive(office, "First", "5501")
    poll(page)

    expect(page.locator(".row")).to_have_count(1)
    expect(bar(page)).to_be_hidden()


def test_a_list_that_became_empty_says_so(inbox: Page, office: Office) -> None:
    inbox.mouse.wheel(0, 1)
    with writing(office.engine) as session:
        for conversation in session.scalars(select(Conversation)):
            triage.set_status(session, conversation, ConversationStatus.RESOLVED)
    poll(inbox)

    expect(inbox.locator(".row")).to_have_count(0)
    expect(inbox.locator("#rows")).to_contain_text("All quiet")


def test_numbers_on_tabs_and_views_move_nothing(inbox: Page, office: Office) -> None:
    places = """() => [...document.querySelectorAll("#list header *:not(b *), #views li > *")]
      .filter(one => one.tagName !== "B")
      .map(one => { const { x, y, width } = one.getBoundingClientRect(); return [x, y, width]; })
    """
    before = inbox.evaluate(places)
    office.take_in(*(message(f"n{n}", "Hi", person=f"7{n:03}", at=clock.now()) for n in range(80)))
    poll(inbox)

    expect(inbox.get_by_role("link", name=re.compile("Instagram 99"))).to_contain_text("99+")
    expect(inbox.get_by_role("link", name="All open")).to_contain_text("99+")
    assert inbox.evaluate(places) == before
    assert inbox.evaluate(SHIFTS) == []


def test_the_bar_fits_beside_the_other_order(inbox: Page, office: Office) -> None:
    for width in (1440, 800, 390):
        inbox.set_viewport_size({"width": width, "height": 800})
        arrive(office, f"News at {width}", "5510" if width == 1440 else "5511")
        poll(inbox)
        expect(bar(inbox)).to_be_visible()
        box = bar(inbox).bounding_box()
        link = inbox.get_by_role("link", name="Show ending first").bounding_box()
        words = inbox.locator("#fresh-words")
        assert box
        assert link
        assert box["x"] + box["width"] <= link["x"]
        assert words.evaluate("one => one.scrollWidth <= one.clientWidth")
