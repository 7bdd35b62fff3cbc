"""An answer stands where it was written; where it went out later, the thread says so."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app.channels.base import Sent
from app.models import Message
from tests.bodies import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.inbox_pages.visitor import Visitor
    from tests.office import Office

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
POLL, PAGE = "/inbox/{}/thread", "/inbox/{}"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def answer(office: Office) -> Message:
    """An answer to a customer, written at noon."""
    office.take_in(message("m1", "Hello", at=NOON))
    return office.reply("An answer")


def send(office: Office) -> None:
    office.finish(office.begin(), Sent("x1"))


def times(agent: Visitor, office: Office, answer: Message, path: str = PAGE) -> str:
    """Return what a reader hears below the bubble of an answer."""
    page = agent.get(path.format(office.thread().id)).text
    bubble = page.split(f'id="m{answer.id}"')[1].split("<footer>")[1].split("</footer>")[0]
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", bubble)).strip()


@pytest.mark.parametrize("path", [PAGE, POLL])
def test_both_times_are_shown(
    agent: Visitor, office: Office, clock: time_machine.Traveller, answer: Message, path: str
) -> None:
    clock.shift(timedelta(hours=3, minutes=3))
    office.take_in(message("m2", "Are you there?", at=NOON + timedelta(hours=1)))
    send(office)

    assert times(agent, office, answer, path).startswith("12:00, sent 15:03 ")
    shown = agent.get(path.format(office.thread().id)).text
    assert 'title="Sunday, 22 November 2026, 15:03:00 UTC">15:03</time>' in shown


def test_a_poll_brings_the_time(
    agent: Visitor, office: Office, clock: time_machine.Traveller, answer: Message
) -> None:
    clock.shift(timedelta(hours=1))
    tag = agent.get(POLL.format(office.thread().id)).headers["HX-PTag"]
    send(office)

    told = agent.get(POLL.format(office.thread().id), HX_PTag=tag)

    assert re.search(r">12:00</time>, sent <time[^>]+>13:00</time>", told.text)


def test_another_day_is_named(
    agent: Visitor, office: Office, clock: time_machine.Traveller, answer: Message
) -> None:
    clock.shift(timedelta(hours=13))
    send(office)

    assert times(agent, office, answer).startswith("12:00, sent Mon 23 Nov, 01:00 ")


@pytest.mark.parametrize(("seconds", "is_told"), [(60, False), (61, True)])
def test_a_minute_is_not_worth_a_word(
    agent: Visitor,
    office: Office,
    clock: time_machine.Traveller,
    answer: Message,
    seconds: int,
    is_told: bool,
) -> None:
    clock.shift(timedelta(seconds=seconds))
    send(office)

    assert ("sent 12:01" in times(agent, office, answer)) is is_told


def test_what_still_waits_has_one_time(
    agent: Visitor, office: Office, clock: time_machine.Traveller, answer: Message
) -> None:
    clock.shift(timedelta(hours=1))

    assert times(agent, office, answer).startswith("12:00 by a program")


def test_a_clock_of_metas_that_is_behind_makes_no_answer_late(
    agent: Visitor, office: Office, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=10))
    office.take_in(message("m1", "Hello?", at=NOON + timedelta(minutes=8, seconds=10)))
    prompt = office.reply("At once")
    send(office)

    assert times(agent, office, prompt).startswith("12:08 by a program")
