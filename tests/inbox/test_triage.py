"""Where the work on a conversation stands, who has it, and whether it was read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app import clock
from app.inbox import members, triage
from app.inbox.errors import Conflict, NotFound, Refused
from app.models import ChannelCounter, Membership, Workspace
from app.models.database import writing
from app.models.states import ConversationStatus
from tests.bodies import body, echo, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.models import Conversation
    from tests.office import Office

HOUR = timedelta(hours=1)
AWAY = [ConversationStatus.RESOLVED, ConversationStatus.ARCHIVED, ConversationStatus.SNOOZED]


@pytest.fixture
def office(office: Office) -> Office:
    """A customer has written."""
    office.take_in(message("m1", at=clock.now()))
    return office


def change(office: Office, verb: Callable[[Session, Conversation], None]) -> None:
    with writing(office.engine) as session:
        verb(session, triage.locked(session, office.workspace_id, office.thread().id))


def put(
    office: Office,
    status: ConversationStatus,
    until: datetime | None = None,
    seen: int | None = None,
) -> None:
    if status is ConversationStatus.SNOOZED:
        until = until or clock.now() + HOUR
    change(office, lambda s, c: triage.set_status(s, c, status, until, seen=seen))


def counted(office: Office) -> int:
    return office.row(ChannelCounter).unread_conversations


def assign(office: Office, user_id: int | None) -> None:
    change(office, lambda session, one: triage.assign(session, one, user_id))


@pytest.mark.parametrize("status", AWAY)
def test_what_is_put_away_counts_as_read(office: Office, status: ConversationStatus) -> None:
    put(office, status)

    assert (office.thread().status, office.thread().unread_count, counted(office)) == (status, 0, 0)
    assert office.thread().waiting_since is not None


@pytest.mark.parametrize("status", [ConversationStatus.OPEN, ConversationStatus.PENDING])
def test_what_is_in_work_stays_unread(office: Office, status: ConversationStatus) -> None:
    put(office, status)

    assert (office.thread().status, office.thread().unread_count, counted(office)) == (status, 1, 1)


def test_the_same_again_changes_no_count(office: Office) -> None:
    for _ in range(2):
        put(office, ConversationStatus.RESOLVED)

    assert counted(office) == 0


@pytest.mark.parametrize("status", [*AWAY, ConversationStatus.PENDING])
def test_the_customers_next_message_opens_it_again(
    office: Office, status: ConversationStatus
) -> None:
    put(office, status)

    office.take_in(message("m2", at=clock.now()))

    found = office.thread()
    assert (found.status, found.snoozed_until) == ("open", None)
    assert (found.unread_count > 0, counted(office)) == (True, 1)


@pytest.mark.parametrize("status", [*AWAY, ConversationStatus.PENDING])
def test_our_answer_from_the_phone_leaves_it_where_it_is(
    office: Office, status: ConversationStatus
) -> None:
    put(office, status)

    office.take_in(echo("m2", "Thanks", at=clock.now()))

    assert office.thread().status == status


@pytest.mark.parametrize("status", AWAY)
def test_what_nobody_saw_is_not_put_away(office: Office, status: ConversationStatus) -> None:
    seen = office.messages()[-1].id
    office.take_in(message("m2", at=clock.now()))

    with pytest.raises(Conflict):
        put(office, status, seen=seen)

    assert (office.thread().status, office.thread().unread_count) == ("open", 2)


def test_what_was_seen_is_put_away(office: Office) -> None:
    office.take_in(echo("m2", "Thanks", at=clock.now()))

    put(office, ConversationStatus.RESOLVED, seen=office.messages()[0].id)

    assert office.thread().status == "resolved"


def test_a_message_that_races_with_a_resolve_is_never_put_away_unseen(office: Office) -> None:
    seen = office.messages()[-1].id
    office.receive(body(message("m2", at=clock.now())))

    def resolve() -> None:
        with suppress(Conflict):
            put(office, ConversationStatus.RESOLVED, seen=seen)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda work: work(), [office.drain, resolve]))

    assert (office.thread().status, counted(office)) == ("open", 1)


@pytest.mark.parametrize("away", [timedelta(0), -HOUR, timedelta(days=400)])
def test_a_snooze_ends_within_a_year(office: Office, away: timedelta) -> None:
    with pytest.raises(Refused):
        put(office, ConversationStatus.SNOOZED, clock.now() + away)

    assert office.thread().status == "open"


def test_marking_as_unread_counts_once(office: Office) -> None:
    change(office, triage.mark_read)
    for _ in range(2):
        change(office, triage.mark_unread)

    assert (office.thread().unread_count, counted(office)) == (1, 1)


@pytest.mark.parametrize("status", AWAY)
def test_what_is_counted_as_unread_is_not_put_away(
    office: Office, status: ConversationStatus
) -> None:
    put(office, status)

    change(office, triage.mark_unread)

    found = office.thread()
    assert (found.status, found.snoozed_until, counted(office)) == ("open", None, 1)


def test_marking_as_unread_keeps_the_count_there_is(office: Office) -> None:
    office.take_in(message("m2", at=clock.now()))
    version = office.thread().version

    change(office, triage.mark_unread)

    assert (office.thread().unread_count, office.thread().version) == (2, version)


def test_a_change_raises_both_versions(office: Office) -> None:
    before = office.thread().version, office.row(Workspace).version

    put(office, ConversationStatus.PENDING)

    assert (office.thread().version, office.row(Workspace).version) == (
        before[0] + 1,
        before[1] + 1,
    )


def test_a_conversation_is_given_to_a_colleague_and_to_nobody(office: Office) -> None:
    ana = office.person()
    assign(office, ana.id)
    assert office.thread().assignee_id == ana.id

    assign(office, None)
    assert office.thread().assignee_id is None


def test_only_active_members_are_given_work(office: Office) -> None:
    with writing(office.engine) as session:
        elsewhere = members.make_workspace(session, "Elsewhere").id
    stranger, gone = replace(office, workspace_id=elsewhere).person(), office.person()
    with writing(office.engine) as session:
        place = session.get_one(Membership, (office.workspace_id, gone.id))
        place.deactivated_at = clock.now()

    for one in (stranger, gone):
        with pytest.raises(Refused):
            assign(office, one.id)
    with writing(office.engine) as session:
        assert triage.assignable(session, office.workspace_id) == []


def test_colleagues_at_once_overwrite_each_other(office: Office) -> None:
    statuses = [*ConversationStatus] * 3

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda status: put(office, status), statuses))

    assert office.thread().status in statuses
    assert counted(office) == 0


def test_another_workspace_finds_no_such_conversation(office: Office) -> None:
    with writing(office.engine) as session, pytest.raises(NotFound):
        triage.locked(session, office.workspace_id + 1, office.thread().id)
