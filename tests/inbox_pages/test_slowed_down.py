"""While Meta makes an answer wait, the thread says until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app.channels.base import Sent
from app.channels.faults import GraphFault, Retryable, Throttled, Unsure
from app.inbox import pace
from app.models import ChannelAccount
from app.models.database import writing
from tests.bodies import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.inbox_pages.visitor import Visitor
    from tests.office import Office

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
NOTE = "Waiting: Meta slows us down until Sun 22 Nov, 12:"
SLOW = GraphFault("Too many calls", code=613)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def customer(office: Office, clock: time_machine.Traveller) -> None:
    """A customer who wrote at noon."""
    office.take_in(message("m1", "Hello", at=NOON))


@pytest.fixture
def poll(office: Office, customer: None) -> str:
    """The address of the polled part of the customer's thread."""
    return f"/inbox/{office.thread().id}/thread"


def throttle(office: Office) -> None:
    office.finish(office.begin(), Throttled(SLOW))


def pause(office: Office, span: timedelta) -> None:
    with writing(office.engine) as session:
        pace.pause(session, [office.row(ChannelAccount).id], datetime.now(UTC) + span)


def test_the_poll_in_which_it_begins_to_wait_says_so(
    agent: Visitor, office: Office, poll: str, clock: time_machine.Traveller
) -> None:
    office.reply("An answer")
    clock.shift(SECOND)
    tag = agent.get(poll).headers["HX-PTag"]
    throttle(office)

    assert NOTE in agent.get(poll, HX_PTag=tag).text


@pytest.mark.parametrize("part", ["", "/thread"])
def test_it_stays_when_the_customer_writes_again(
    agent: Visitor, office: Office, clock: time_machine.Traveller, part: str
) -> None:
    office.reply("An answer")
    throttle(office)
    clock.shift(9 * SECOND)
    office.take_in(message("m2", "Are you there?", at=NOON + 9 * SECOND))

    assert NOTE in agent.get(f"/inbox/{office.thread().id}{part}").text


def test_who_answers_in_a_pause_learns_it_at_once(
    agent: Visitor, office: Office, poll: str
) -> None:
    pause(office, timedelta(minutes=3))
    page = poll.removesuffix("/thread")
    agent.submit(page, f"{page}/reply", text="An answer")

    assert f"{NOTE}03." in agent.get(page).text


def test_it_goes_when_the_answer_is_sent(
    agent: Visitor, office: Office, poll: str, clock: time_machine.Traveller
) -> None:
    office.reply("An answer")
    throttle(office)
    assert NOTE in agent.get(poll).text
    clock.shift(timedelta(minutes=2))
    office.finish(office.begin(), Sent("x1"))
    pause(office, timedelta(minutes=2))

    assert NOTE not in agent.get(poll).text


def test_what_waits_for_another_try_does_not_wait_for_meta(
    agent: Visitor, office: Office, poll: str, clock: time_machine.Traveller
) -> None:
    office.reply("An answer")
    for _ in range(3):
        office.finish(office.begin(), Retryable(GraphFault("Later", code=2)))
        clock.shift(timedelta(minutes=1))
    office.finish(office.begin(), Retryable(GraphFault("Later", code=2)))

    assert "Waiting:" not in agent.get(poll).text


def test_it_is_said_of_what_waits_behind_one_of_which_nobody_knows(
    agent: Visitor, office: Office, poll: str, clock: time_machine.Traveller
) -> None:
    office.reply("Did this arrive?")
    office.finish(office.begin(), Unsure(GraphFault("Silence")))
    clock.shift(timedelta(seconds=61))
    office.reply("An answer")
    throttle(office)

    assert NOTE in agent.get(poll).text


def test_what_waits_can_be_taken_back(agent: Visitor, office: Office, poll: str) -> None:
    pause(office, timedelta(hours=1))
    answer = office.reply("An answer")
    page, discard = poll.removesuffix("/thread"), f"/inbox/messages/{answer.id}/discard"

    assert agent.submit(page, discard).status_code == 303

    assert office.statuses()[-1] == "discarded"
    assert "Waiting:" not in agent.get(page).text


def test_what_is_sent_at_once_has_no_buttons(agent: Visitor, office: Office, poll: str) -> None:
    answer = office.reply("An answer")

    assert f"/inbox/messages/{answer.id}/" not in agent.get(poll).text


def test_a_moment_needs_no_explanation(agent: Visitor, office: Office, poll: str) -> None:
    pause(office, 5 * SECOND)
    office.reply("An answer")

    assert NOTE not in agent.get(poll).text


def test_who_reads_older_messages_is_told_too(agent: Visitor, office: Office, poll: str) -> None:
    office.take_in(*(message(f"n{n}", "Hello?", at=NOON) for n in range(60)))
    answer = office.reply("An answer")
    throttle(office)
    older = office.messages()[0].id

    page = agent.get(f"{poll.removesuffix('/thread')}?around={older}").text

    assert f'id="m{answer.id}"' not in page
    assert NOTE in page
