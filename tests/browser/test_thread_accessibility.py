"""axe finds nothing to complain about in an open conversation, whatever its state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import update

from app import clock
from app.channels.faults import GraphFault, Permanent, Unsure
from app.models import Conversation, Integration
from app.models.database import writing
from tests.bodies import echo, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from playwright.sync_api import Page

    from tests.office import Office

    Scheme = Literal["light", "dark"]

pytestmark = pytest.mark.browser

SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@pytest.fixture
def thread(page: Page, office: Office, site: str, log_in: Callable[[Page], None]) -> Page:
    """The page of a conversation with messages of every kind."""
    now = clock.now()
    office.take_in(
        message("m1", "👍", at=now - timedelta(hours=2)),
        message("m2", " ", at=now - timedelta(hours=1)),
        message("m3", None, at=now, is_unsupported=True),
        echo("m4", "From the phone", at=now),
    )
    for answer in (Permanent(GraphFault("no")), Unsure(GraphFault("lost"))):
        office.reply("Yes")
        office.finish(office.begin(), answer)
    office.reply("Waits")
    log_in(page)
    page.goto(f"{site}/inbox/{office.thread().id}")
    return page


def complaints(page: Page) -> list[str]:
    """Return what axe says of the page in both themes."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        results = Axe().run(page)
        if results.violations_count:
            found.append(results.generate_report())
    return found


def put(office: Office, **values: Any) -> None:
    with writing(office.engine) as session:
        session.execute(update(Conversation).values(**values))


def test_with_messages_of_every_kind(thread: Page) -> None:
    assert complaints(thread) == []


@pytest.mark.parametrize("menu", ["assign", "snooze", "more"])
def test_with_a_menu_open(thread: Page, menu: str) -> None:
    thread.locator(f"#{menu}").click()

    assert complaints(thread) == []


def test_with_the_menu_of_a_failed_message_open(thread: Page) -> None:
    thread.get_by_role("button", name="More about this message").first.click()

    assert complaints(thread) == []


def test_resolved_with_the_window_closed(thread: Page, office: Office) -> None:
    put(office, status="resolved", window_opened_at=clock.now() - timedelta(days=2))
    thread.reload()

    assert complaints(thread) == []


def test_snoozed_in_the_human_agents_days(thread: Page, office: Office) -> None:
    put(
        office,
        status="snoozed",
        snoozed_until=clock.now() + timedelta(days=1),
        window_opened_at=clock.now() - timedelta(days=2),
    )
    with writing(office.engine) as session:
        session.execute(update(Integration).values(config={"human_agent": True}))
    thread.reload()

    assert complaints(thread) == []


def test_with_a_refusal(thread: Page, office: Office) -> None:
    office.take_in(message("m9", "New", at=clock.now()))
    thread.get_by_role("button", name="Resolve").click()
    thread.get_by_role("alert").first.wait_for()

    assert complaints(thread) == []
