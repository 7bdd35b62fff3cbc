"""A snoozed conversation comes back by itself, and somebody looks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.inbox import triage, waking
from app.inbox.counters import count_unread
from app.models import ChannelCounter, Conversation, Workspace
from app.models.database import reading, writing
from app.models.states import ConversationStatus
from tests.bodies import message
from tests.statements import asked

if TYPE_CHECKING:
    from tests.office import Office

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def office(office: Office) -> Office:
    """Two conversations, the first of them snoozed for an hour."""
    office.take_in(message("m1", at=clock.now()), message("m2", person="770002", at=clock.now()))
    with writing(office.engine) as session:
        first = triage.locked(session, office.workspace_id, office.rows(Conversation)[0].id)
        triage.set_status(session, first, ConversationStatus.SNOOZED, clock.now() + HOUR)
    return office


def wake(office: Office, later: timedelta) -> int:
    with time_machine.travel(clock.now() + later), writing(office.engine) as session:
        assert waking.is_due(session) == (later >= HOUR)
        return waking.wake(session)


def test_before_its_time_it_sleeps(office: Office) -> None:
    assert wake(office, HOUR - 5 * SECOND) == 0
    assert office.rows(Conversation)[0].status == "snoozed"


def test_at_its_time_it_is_open_and_unread(office: Office) -> None:
    before = office.rows(Conversation)[0].version, office.row(Workspace).version

    assert wake(office, HOUR + SECOND) == 1

    found = office.rows(Conversation)[0]
    assert (found.status, found.snoozed_until, found.unread_count) == ("open", None, 1)
    assert (found.version, office.row(Workspace).version) == (before[0] + 1, before[1] + 1)
    assert office.row(ChannelCounter).unread_conversations == 2


def test_it_wakes_once(office: Office) -> None:
    wake(office, HOUR + SECOND)

    with writing(office.engine) as session:
        assert waking.wake(session) == 0
    assert office.row(ChannelCounter).unread_conversations == 2


def test_a_sleeper_that_was_unread_already_is_counted_once(office: Office) -> None:
    with writing(office.engine) as session:
        first = triage.locked(session, office.workspace_id, office.rows(Conversation)[0].id)
        first.unread_count = 3
        count_unread(session, {(first.workspace_id, first.channel): 1})

    wake(office, HOUR + SECOND)

    assert office.row(ChannelCounter).unread_conversations == 2


def test_who_is_worked_on_is_left_for_the_next_look(office: Office) -> None:
    if office.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with writing(office.engine) as other:
        triage.locked(other, office.workspace_id, office.rows(Conversation)[0].id)
        assert wake(office, HOUR + SECOND) == 0
    assert wake(office, HOUR + SECOND) == 1


def test_the_look_reads_the_index_of_sleepers(office: Office) -> None:
    if office.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole")
    with reading(office.engine) as session:
        with asked(office.engine) as seen:
            waking.is_due(session)
        statement, values = seen[-1]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        assert "ix_conversation_waking" in str(plan.all())
