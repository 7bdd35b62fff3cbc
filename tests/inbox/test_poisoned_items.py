"""An item that cannot be applied is set aside with its error; all others go on."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from app import clock
from app.inbox import replaying
from app.inbox.drain import MAX_ATTEMPTS
from app.models import ExternalEvent
from app.models.database import writing
from tests.bodies import message, numbered

if TYPE_CHECKING:
    from tests.office import Office

POISON = "m250"
applying = import_module("app.inbox.ingest.apply")


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One message of a batch cannot be made; undone by ``poison.undo()``."""
    genuine = applying._message

    def breaks(arrival: Any, thread: Any) -> dict[str, Any]:
        if arrival.key == POISON:
            raise ZeroDivisionError("an odd item")
        row: dict[str, Any] = genuine(arrival, thread)
        return row

    monkeypatch.setattr(applying, "_message", breaks)
    return monkeypatch


def bad(office: Office) -> ExternalEvent:
    return office.row(ExternalEvent, ExternalEvent.external_id == POISON)


def test_one_poisoned_item_of_five_hundred_is_parked_with_its_error(
    office: Office, poison: pytest.MonkeyPatch
) -> None:
    office.take_in(*numbered(500))
    assert (bad(office).outcome, bad(office).reason) == (
        "parked",
        "ZeroDivisionError: an odd item",
    )
    assert office.outcomes().count("applied") == len(office.messages()) == 499
    assert office.thread().unread_count == 499


def test_an_item_the_database_refuses_is_parked_with_its_error(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = applying._message
    kindless = {POISON: {"kind": None}}
    monkeypatch.setattr(
        applying, "_message", lambda one, thread: genuine(one, thread) | kindless.get(one.key, {})
    )
    office.take_in(*numbered(300))
    assert (bad(office).outcome, len(office.messages())) == ("parked", 299)
    assert (bad(office).reason or "").startswith("IntegrityError: ")


def test_a_parked_item_waits_before_it_is_tried_again(
    office: Office, poison: pytest.MonkeyPatch
) -> None:
    office.take_in(message(POISON))
    due = bad(office).next_try_at
    assert due is not None
    assert clock.now() < due < clock.now() + timedelta(seconds=10)
    office.drain()
    assert bad(office).attempts == 1


def test_a_parked_item_is_applied_once_it_can_be(
    office: Office, poison: pytest.MonkeyPatch
) -> None:
    office.take_in(message(POISON))
    poison.undo()
    with time_machine.travel(clock.now() + timedelta(seconds=3)):
        office.drain()
    assert (bad(office).outcome, bad(office).reason) == ("applied", None)
    assert office.texts() == ["Hi"]


def test_an_item_that_never_works_fails_after_its_last_attempt(
    office: Office, poison: pytest.MonkeyPatch
) -> None:
    office.take_in(message(POISON))
    fail_for_good(office)
    assert (bad(office).outcome, bad(office).attempts) == ("failed", MAX_ATTEMPTS)
    with time_machine.travel(clock.now() + timedelta(days=3)):
        assert office.drain() == 0


def test_a_failed_item_is_applied_when_a_person_replays_it(
    office: Office, poison: pytest.MonkeyPatch
) -> None:
    office.take_in(message(POISON))
    fail_for_good(office)
    poison.undo()
    with writing(office.engine) as session:
        assert replaying.replay(session, [bad(office).id], office.workspace_id) == 1
    office.drain()
    assert bad(office).outcome == "applied"


def test_a_parked_item_belongs_to_its_workspace(office: Office, poison: pytest.MonkeyPatch) -> None:
    office.take_in(message(POISON))
    assert bad(office).workspace_id == office.workspace_id


def fail_for_good(office: Office) -> None:
    for days in range(1, MAX_ATTEMPTS):
        with time_machine.travel(clock.now() + timedelta(days=days)):
            office.drain()
