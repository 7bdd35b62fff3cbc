"""A mistake of ours in reading one body holds up no other, and is made good by a replay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import event

from app import clock
from app.channels import registry
from app.inbox import ingest, replaying
from app.inbox.unpack import unpack_again
from app.models import ExternalEvent
from app.models.database import writing
from tests.bodies import body, message
from tests.statements import asked

if TYPE_CHECKING:
    from concurrent.futures import Future
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


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_two_people_replay_it_at_once(office: Office, mistake: pytest.MonkeyPatch) -> None:
    office.receive(body(message("m1", "odd")))
    office.drain()
    mistake.undo()
    failed = office.row(ExternalEvent)

    def replay_too() -> int:
        with writing(office.engine) as session:
            number = replaying.replay(session, [failed.id])
        office.drain()
        return number

    with ThreadPoolExecutor() as threads:
        others: list[Future[int]] = []

        def meanwhile(*_: object) -> None:
            """Let the other one do all that the first one's locks allow."""
            if not others:
                others.append(threads.submit(replay_too))
                wait(others, timeout=0.5)

        with writing(office.engine) as session:
            event.listen(session.connection(), "after_cursor_execute", meanwhile)
            number = replaying.replay(session, [failed.id])
        assert sorted([number, others[0].result()]) == [0, 1]
    office.drain()
    assert (office.texts(), office.outcomes()) == (["odd"], ["applied"])


def test_many_are_unpacked_again_in_one_go(office: Office, mistake: pytest.MonkeyPatch) -> None:
    office.receive(*(body(message(f"m{n}", "odd")) for n in range(3)))
    office.drain()
    mistake.undo()
    failed = [one.id for one in office.rows(ExternalEvent)]
    with asked(office.engine) as few, writing(office.engine) as session:
        assert unpack_again(session, failed[:1]) == 1
    with asked(office.engine) as many, writing(office.engine) as session:
        assert unpack_again(session, failed) == 2
    assert [one.sql for one in few] == [one.sql for one in many]


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
