"""What waits fails soon after its window has closed, and not before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import update

from app import clock
from app.channels.faults import GraphFault, Throttled
from app.inbox import broken, expiry
from app.inbox.timeline import timeline
from app.models import Conversation, Delivery, Integration, Message
from app.models.database import reading, writing
from tests.bodies import message
from tests.statements import asked

if TYPE_CHECKING:
    from tests.office import Office

DAY = timedelta(hours=24)
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
PAUSED = Throttled(GraphFault("Too many calls", code=613, retry_after=40 * 3600))


@pytest.fixture
def opened_at(office: Office) -> datetime:
    """Two answers wait in a conversation; this is when its window was opened."""
    office.take_in(message("m1", at=clock.now()))
    office.reply("one")
    office.reply("two")
    moment = office.thread().window_opened_at
    assert moment is not None
    return moment


def expire(office: Office, at: datetime) -> int:
    """Look ``at`` a moment, as the sweep does."""
    with time_machine.travel(at, tick=False):
        with reading(office.engine) as session:
            over = expiry.due(session)
        with writing(office.engine) as session:
            count = expiry.expire(session, over)
    assert count == len(over)
    return count


def change(office: Office, **values: object) -> None:
    with writing(office.engine) as session:
        one = session.get_one(Integration, office.integration_id)
        one.config = {**one.config, **values}


def hold(office: Office) -> None:
    with writing(office.engine) as session:
        token = session.get_one(Integration, office.integration_id).access_token
        fault = GraphFault("Session has expired", code=190)
        broken.break_off(session, office.integration_id, token, fault)


def test_what_waits_for_a_paused_account_fails_when_its_window_closes(
    office: Office, opened_at: datetime
) -> None:
    office.finish(office.begin(), PAUSED)
    assert expire(office, opened_at + DAY - SECOND) == 0
    assert office.states() == ["queued", "queued"]
    assert expire(office, opened_at + DAY) == 2
    _, first, second = office.messages()
    assert {first.status, second.status} == {"failed"}
    assert {first.error_kind, second.error_kind} == {"window-closed"}
    assert expire(office, opened_at + DAY) == 0


def test_what_is_held_fails_when_its_window_closes(office: Office, opened_at: datetime) -> None:
    hold(office)
    assert expire(office, opened_at + DAY - SECOND) == 0
    assert expire(office, opened_at + DAY) == 2
    assert office.statuses()[1:] == ["failed", "failed"]


def test_what_has_no_connection_any_more_fails_too(office: Office, opened_at: datetime) -> None:
    hold(office)
    with writing(office.engine) as session:
        for account in session.get_one(Integration, office.integration_id).accounts:
            account.integration = None
    assert expire(office, opened_at + DAY) == 2


def test_the_agent_learns_why_and_the_customer_waits_again(
    office: Office, opened_at: datetime
) -> None:
    expire(office, opened_at + DAY)
    thread = office.thread()
    assert (thread.attention_count, thread.preview_status) == (2, "failed")
    assert thread.waiting_since == opened_at
    with reading(office.engine) as session:
        found = timeline(session, office.workspace_id, office.messages()[1].id)
    assert [(one.outcome, one.subcode) for one in found.attempts] == [("failed", 2534022)]
    assert found.delivery.settled_by is None


@pytest.mark.parametrize("state", ["claimed", "sending", "unconfirmed", "sent", "discarded"])
def test_what_does_not_wait_is_left_alone(office: Office, opened_at: datetime, state: str) -> None:
    with writing(office.engine) as session:
        session.execute(update(Delivery).values(state=state))
    assert expire(office, opened_at + 2 * WEEK) == 0
    assert set(office.states()) == {state}


def test_a_person_may_be_late_where_meta_granted_it(office: Office, opened_at: datetime) -> None:
    change(office, human_agent=True)
    author_id = office.person().id
    with writing(office.engine) as session:
        session.execute(update(Message).where(Message.text == "two").values(author_id=author_id))
    assert expire(office, opened_at + DAY) == 1
    assert office.states() == ["failed", "queued"]
    assert expire(office, opened_at + WEEK - SECOND) == 0
    assert expire(office, opened_at + WEEK) == 1


@pytest.mark.parametrize("granted", [True, False, None])
@pytest.mark.parametrize("by_person", [True, False])
@pytest.mark.parametrize("later", [DAY, WEEK])
def test_what_is_found_is_what_may_not_be_sent(
    office: Office, opened_at: datetime, later: timedelta, by_person: bool, granted: bool | None
) -> None:
    change(office, human_agent=granted)
    author_id = office.person().id if by_person else None
    with writing(office.engine) as session:
        session.execute(update(Message).values(author_id=author_id))
    for at in (opened_at + later - SECOND, opened_at + later):
        with writing(office.engine) as session:
            over = [one.id for one in session.query(Delivery) if expiry.is_over(one, at)]
        with time_machine.travel(at, tick=False), reading(office.engine) as session:
            assert expiry.due(session) == over


def test_a_customer_who_writes_meanwhile_may_be_answered(
    office: Office, opened_at: datetime
) -> None:
    with time_machine.travel(opened_at + DAY - SECOND):
        office.take_in(message("m2", at=clock.now()))
    assert expire(office, opened_at + DAY) == 0


def test_a_look_takes_no_more_than_its_share(
    office: Office, opened_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "BATCH", 1)
    assert [expire(office, opened_at + DAY) for _ in range(3)] == [1, 1, 0]
    assert office.states() == ["failed", "failed"]


# On SQLite, where a statement is no round trip, each try is inserted by itself.
@pytest.mark.parametrize(
    "engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_many_cost_as_many_statements_as_few(office: Office) -> None:
    def cost(people: range) -> int:
        office.take_in(*(message(f"m{n}", person=f"77{n}", at=clock.now()) for n in people))
        for thread in office.rows(Conversation, Conversation.waiting_since.is_not(None)):
            office.reply("Answer", thread=thread.id)
        with asked(office.engine) as seen:
            assert expire(office, clock.now() + DAY) == len(people)
        with writing(office.engine) as session:
            session.execute(update(Conversation).values(waiting_since=None))
        return len(seen)

    assert cost(range(2)) == cost(range(100, 130))


def test_the_look_reads_the_index_of_what_is_open(office: Office, opened_at: datetime) -> None:
    if office.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole")
    with time_machine.travel(opened_at + DAY), reading(office.engine) as session:
        with asked(office.engine) as seen:
            expiry.due(session)
        statement, values = seen[-1]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = " ".join(str(step) for step in plan)
    assert "ix_delivery_open" in steps
    assert "SCAN conversation" not in steps
