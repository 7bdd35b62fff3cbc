"""Sends that begin or end at the same time share a transaction, and one's failure is its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Permanent, Unsure
from app.inbox import deliver, settle
from app.models import Conversation, Delivery, Workspace
from tests.bodies import message
from tests.office import Office
from tests.statements import asked

PEOPLE = 5
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


@pytest.fixture
def office(office: Office) -> Office:
    """An office in which an answer waits in each of five conversations."""
    office.take_in(*(message(f"m{n}", person=f"77{n}", at=clock.now()) for n in range(PEOPLE)))
    for thread in office.rows(Conversation):
        office.reply(f"Answer {thread.id}", thread=thread.id)
    return office


def begin(office: Office) -> list[deliver.Call]:
    calls = office.sender.begin(office.claim())
    assert len(calls) == PEOPLE
    return calls


def test_what_follows_is_written_for_each(office: Office) -> None:
    before = {one.id: one.version for one in office.rows(Conversation)}
    calls = begin(office)
    assert {one.preview_status for one in office.rows(Conversation)} == {"sending"}
    answers: list[Any] = [
        Sent("s1"),
        Permanent(GraphFault("No", code=100)),
        Unsure(GraphFault("Silence")),
        Sent("s4"),
        Sent("s5"),
    ]
    took = timedelta(milliseconds=80)
    given = [deliver.Answered(*pair, took) for pair in zip(calls, answers, strict=True)]
    assert office.sender.write(given) is None
    shown = ["sent", "failed", "unconfirmed", "sent", "sent"]
    threads = office.rows(Conversation)
    assert [one.preview_status for one in threads] == shown
    assert [one.attention_count for one in threads] == [0, 1, 1, 0, 0]
    assert [one.outcome for one in office.attempts()] == shown
    assert {one.duration_ms for one in office.attempts()} == {80}
    assert {one.id: one.version for one in threads} == {id_: n + 2 for id_, n in before.items()}


# On SQLite, where a statement is no round trip, each try is inserted by itself.
@pytest.mark.parametrize("engine", [POSTGRESQL], indirect=True)
def test_many_cost_as_many_statements_as_one(office: Office) -> None:
    def cost(claimed: list[int]) -> int:
        with asked(office.engine) as seen:
            calls = office.sender.begin(claimed)
            lost = Unsure(GraphFault("Silence"))
            office.sender.write([deliver.Answered(one, lost) for one in calls])
        return len(seen)

    one, *others = office.claim()
    assert cost([one]) == cost(others)


def test_the_list_changes_once_for_all(office: Office) -> None:
    [before] = [one.version for one in office.rows(Workspace)]
    begin(office)
    assert [one.version for one in office.rows(Workspace)] == [before + 1]


def test_answers_that_come_together_are_all_settled(office: Office) -> None:
    calls, sender, together = begin(office), office.sender, Barrier(PEOPLE)

    def answer(call: deliver.Call) -> None:
        together.wait()
        sender.hand_in(deliver.Answered(call, Sent(f"s{call.delivery_id}")))

    with ThreadPoolExecutor(PEOPLE) as threads:
        list(threads.map(answer, calls))
    assert office.states() == ["sent"] * PEOPLE


def test_one_that_cannot_be_begun_keeps_nobody_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = office.rows(Delivery)[1].id
    start = settle.start

    def fail(session: Any, delivery: Delivery, at: datetime) -> None:
        if delivery.id == bad:
            raise RuntimeError("a mistake")
        start(session, delivery, at)

    monkeypatch.setattr(settle, "start", fail)
    calls = office.sender.begin(office.claim())
    assert bad not in {call.delivery_id for call in calls}
    assert office.states() == ["sending", "queued", "sending", "sending", "sending"]


def test_one_that_cannot_be_settled_keeps_nobody_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = begin(office)
    bad, confirm = calls[1].delivery_id, settle.confirm

    def fail(session: Any, delivery: Delivery, *given: Any) -> None:
        if delivery.id == bad:
            raise RuntimeError("a mistake")
        confirm(session, delivery, *given)

    monkeypatch.setattr(settle, "confirm", fail)
    office.sender.write([deliver.Answered(call, Sent(f"s{call.delivery_id}")) for call in calls])
    assert office.states() == ["sent", "sending", "sent", "sent", "sent"]
