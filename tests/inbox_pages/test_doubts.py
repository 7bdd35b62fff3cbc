"""A message that may or may not have been sent: first Inlet looks for it, then it asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.channels.faults import GraphFault, Permanent, Unsure
from app.channels.past import PastMessage
from app.inbox import looks
from app.models import Message
from app.models.database import writing
from tests.bodies import message
from tests.inbox_pages.visitor import Visitor, statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from flask import Flask

    from tests.office import Office

QUESTION = "It arrived"


@pytest.fixture
def began() -> Iterator[datetime]:
    with time_machine.travel(clock.now().replace(hour=14, minute=2), tick=False):
        yield clock.now()


@pytest.fixture
def office(office: Office, began: datetime) -> Office:
    office.take_in(message("m1", at=began))
    return office


def lose(office: Office, fault: GraphFault | None = None) -> Message:
    answer = office.reply("Welcome")
    lost = Unsure(fault or GraphFault("Meta's answer was lost on the way (ReadTimeout)"))
    office.finish(office.begin(), lost, timedelta(seconds=10))
    return answer


def look(office: Office, answer: Permanent | list[PastMessage]) -> None:
    with writing(office.engine) as session:
        looks.finish(session, office.thread().id, answer)


def shown(office: Office, agent: Visitor, seconds: int) -> str:
    """Return the answer as it is shown so long after the call began."""
    with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
        page = agent.get(f"/inbox/{office.thread().id}").text
    return page.split("<article")[2].split("</article>")[0].replace("&#39;", "'")


def test_for_a_minute_nobody_is_asked(office: Office, agent: Visitor) -> None:
    lose(office)
    told = shown(office, agent, 59)
    assert (
        "Meta did not answer in 10 s. Inlet is asking Meta for it; that takes up to a minute."
        in told
    )
    assert QUESTION not in told
    assert "Send again" not in told


def test_afterwards_it_asks_and_says_what_is_known(office: Office, agent: Visitor) -> None:
    lose(office)
    with time_machine.travel(clock.now() + timedelta(seconds=60), tick=False):
        look(office, [])
    told = shown(office, agent, 61)
    assert (
        "Meta did not answer in 10 s. No echo came within a minute. "
        "Read the conversation at Meta's at 14:03: it is not there."
    ) in told
    for choice in (QUESTION, "Send again", "Discard"):
        assert choice in told


def test_where_the_conversation_could_not_be_read_it_says_so(
    office: Office, agent: Visitor
) -> None:
    lose(office)
    look(office, Permanent(GraphFault("Session has expired", code=190)))
    assert "could not be read at Meta's at 14:02." in shown(office, agent, 61)


def test_an_answer_that_said_nothing_is_told_apart(office: Office, agent: Visitor) -> None:
    lose(office, GraphFault("Bad gateway", http_status=502))
    assert "Meta answered nothing certain (HTTP 502)." in shown(office, agent, 61)


def test_it_arrived_settles_it(office: Office, agent: Visitor) -> None:
    answer = lose(office)
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        page = f"/inbox/{answer.conversation_id}"
        agent.submit(page, f"/inbox/messages/{answer.id}/arrived")
    assert (office.states(), office.thread().attention_count) == (["sent"], 0)


def test_one_statement_asks_for_all_doubts(app: Flask, office: Office, agent: Visitor) -> None:
    for minutes in range(4):
        with time_machine.travel(clock.now() + timedelta(minutes=2 * minutes), tick=False):
            lose(office)
    with statements(app) as seen:
        agent.get(f"/inbox/{office.thread().id}/thread")
    assert sum("FROM delivery" in one.sql for one in seen) == 1
