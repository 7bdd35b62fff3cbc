"""Items are applied again one by one or all that are wanted; what had its effect stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.inbox import ledger, replaying
from app.inbox.ledger import Scope, Wanted
from app.models import ExternalEvent
from app.models.database import writing
from app.models.states import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.office import Office

    Put = Callable[..., int]


def pending(office: Office) -> list[int]:
    return [one.id for one in office.rows(ExternalEvent, ExternalEvent.outcome == "pending")]


def test_only_what_had_no_effect_is_replayed(office: Office, put: Put) -> None:
    ids = {outcome: put(workspace_id=office.workspace_id, outcome=outcome) for outcome in Outcome}
    with writing(office.engine) as session:
        number = replaying.replay(session, list(ids.values()), office.workspace_id)

    again = {"parked", "failed", "ignored", "unroutable"}
    assert number == len(again)
    assert set(pending(office)) == {ids[one] for one in Outcome if one in again | {"pending"}}


def test_a_replayed_item_begins_anew(office: Office, put: Put) -> None:
    event_id = put(workspace_id=office.workspace_id, attempts=10, reason="ValueError: no")
    with writing(office.engine) as session:
        replaying.replay(session, [event_id], office.workspace_id)

    event = office.row(ExternalEvent)
    assert (event.outcome, event.attempts, event.settled_at) == ("pending", 0, None)
    assert event.next_try_at is not None


def test_nobody_replays_what_is_somebody_elses(office: Office, other: Office, put: Put) -> None:
    theirs, nobodys = put(workspace_id=other.workspace_id), put(outcome="unroutable")
    with writing(office.engine) as session:
        assert replaying.replay(session, [theirs, nobodys], office.workspace_id) == 0
        assert replaying.replay_wanted(session, office.workspace_id, Wanted())[0] == 0
        assert replaying.replay(session, [theirs, nobodys], Scope.NOBODY) == 1

    assert pending(office) == [nobodys]


def test_all_that_is_wanted_is_replayed(office: Office, put: Put) -> None:
    mine = {"workspace_id": office.workspace_id}
    failed = [put(**mine) for _ in range(4)]
    put(outcome="unroutable", **mine)
    wanted = Wanted(outcome="failed", to_id=failed[2])
    with writing(office.engine) as session:
        found = replaying.replayable(session, office.workspace_id, wanted)
        assert found.event_ids == failed[2::-1]
        assert replaying.replay_wanted(session, office.workspace_id, wanted) == (3, None)

    assert pending(office) == failed[:3]


def test_many_are_replayed_in_several_goes(
    office: Office, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [put(workspace_id=office.workspace_id) for _ in range(7)]
    monkeypatch.setattr(replaying, "AT_ONCE", 3)
    monkeypatch.setattr(replaying, "BATCH", 2)
    numbers: list[int] = []
    rest: Wanted | None = Wanted()
    while rest is not None:
        with writing(office.engine) as session:
            number, rest = replaying.replay_wanted(session, office.workspace_id, rest)
        numbers.append(number)

    assert (numbers, pending(office)) == ([3, 3, 1], ids)


def test_what_others_have_much_of_is_not_looked_through_for_ever(
    office: Office, other: Office, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = put(workspace_id=office.workspace_id)
    for _ in range(9):
        put(workspace_id=other.workspace_id)
    monkeypatch.setattr(ledger, "SCAN", 2)
    monkeypatch.setattr(replaying, "LOOKS", 3)
    wanted = Wanted(outcome="failed")
    with writing(office.engine) as session:
        first, rest = replaying.replay_wanted(session, office.workspace_id, wanted)
        assert first == 0
        assert rest is not None
        assert replaying.replay_wanted(session, office.workspace_id, rest) == (1, None)

    assert pending(office) == [mine]
