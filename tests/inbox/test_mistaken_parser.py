"""A mistake of ours in reading one body holds up no other, and is made good by a replay."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from app import clock
from app.channels import registry
from app.inbox import ingest, replaying
from app.models import ExternalEvent
from app.models.database import writing
from tests.bodies import body, message

if TYPE_CHECKING:
    from types import ModuleType

    from tests.office import Office


@pytest.fixture
def mistake(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The reader fails at a body that says "odd"; mended by ``mistake.undo()``."""
    fail_at_odd(monkeypatch, registry, "items")
    return monkeypatch


def fail_at_odd(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
    genuine = getattr(module, name)

    def fails(*given: Any) -> Any:
        if "odd" in str(given):
            raise TypeError("not what I expected")
        return genuine(*given)

    monkeypatch.setattr(module, name, fails)


def test_other_bodies_go_on(office: Office, mistake: pytest.MonkeyPatch) -> None:
    office.receive(body(message("m1", "odd")), body(message("m2", "even")))
    office.drain()
    assert office.texts() == ["even"]
    failed = office.row(ExternalEvent, ExternalEvent.kind == "not_unpacked")
    assert (failed.outcome, failed.reason) == ("failed", "TypeError: not what I expected")


def test_a_replay_unpacks_it_once_it_can_be_read(
    office: Office, mistake: pytest.MonkeyPatch
) -> None:
    office.receive(body(message("m1", "odd"), message("m2", "odd too")))
    office.drain()
    mistake.undo()
    failed = office.row(ExternalEvent, ExternalEvent.kind == "not_unpacked")
    with writing(office.engine) as session:
        assert replaying.replay(session, [failed.id]) == 1
    office.drain()
    assert office.texts() == ["odd", "odd too"]
    assert office.outcomes() == ["applied", "applied"]


def test_a_mistake_at_what_was_read_before_holds_up_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version may fail at a body of which an item waits since the older one."""
    office.receive(body(message("m1", "odd")))
    fail_at_odd(monkeypatch, ingest, "apply")
    office.drain()
    assert office.outcomes() == ["parked"]
    monkeypatch.undo()
    fail_at_odd(monkeypatch, registry, "items")
    with time_machine.travel(clock.now() + timedelta(seconds=10)):
        office.receive(body(message("m2", "even")))
        office.drain()
        assert office.texts() == ["even"]
        waiting = office.row(ExternalEvent, ExternalEvent.outcome == "parked")
        assert (waiting.attempts, waiting.reason) == (2, "TypeError: not what I expected")
    monkeypatch.undo()
    with time_machine.travel(clock.now() + timedelta(seconds=60)):
        office.drain()
    assert set(office.texts()) == {"even", "odd"}
