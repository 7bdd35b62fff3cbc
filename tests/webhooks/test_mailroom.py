"""Bodies that wait for each other are all stored, or their senders are told."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from app import clock
from app.inbox import desk
from app.inbox.mailroom import Mailroom, row
from app.inbox.spool.record import Received
from app.models import ExternalEventLog
from app.models.database import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

pytestmark = pytest.mark.usefixtures("patient")


@pytest.fixture
def room(engine: Engine) -> Iterator[Mailroom]:
    room = Mailroom(engine)
    own = room._engine
    yield room
    own.dispose()


def stored(engine: Engine) -> list[bytes]:
    with reading(engine) as session:
        return sorted(session.scalars(select(ExternalEventLog.body)))


def received(body: bytes) -> Received:
    return Received("instagram", body, "x", clock.now())


def waiting(room: Mailroom, bodies: list[bytes]) -> list[BaseException | None]:
    """Store bodies that all wait for the desk before the first is written."""
    with ThreadPoolExecutor(len(bodies)) as threads:
        with room._desk:
            sent = [threads.submit(room.store, received(body)) for body in bodies]
            while len(room._waiting) < len(bodies):
                time.sleep(0.001)
        return [one.exception() for one in sent]


def test_bodies_that_wait_are_stored_together(engine: Engine, room: Mailroom) -> None:
    bodies = [b"%d" % n for n in range(8)]
    assert waiting(room, bodies) == [None] * 8
    assert stored(engine) == bodies


def test_nobody_goes_before_his_own_body_is_stored(
    engine: Engine, room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MAX_LETTERS", 1)
    room._waiting.append(desk.Letter(row(received(b"another's"))))
    room.store(received(b"mine"))
    assert stored(engine) == [b"another's", b"mine"]


def test_a_failure_of_any_kind_reaches_all_who_waited(
    engine: Engine, room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_engine", None)
    assert all(waiting(room, [b"1", b"2", b"3"]))
    assert stored(engine) == []


def test_a_write_that_is_cut_off_stores_nothing_and_holds_nobody_up(
    engine: Engine, room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = room.write

    def cut_off(rows: list[dict[str, object]]) -> Exception | None:
        monkeypatch.setattr(room, "write", write)
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "write", cut_off)
    assert all(waiting(room, [b"1", b"2", b"3"]))
    room.store(received(b"4"))
    assert stored(engine) == [b"4"]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_deadlock_with_another_writer_is_nobodys_failure(engine: Engine, room: Mailroom) -> None:
    first, last = sorted([b"1", b"2"], key=lambda body: hashlib.sha256(body).digest())
    assert waiting(room, [first, last]) == [None, None]

    with ThreadPoolExecutor(1) as threads:
        # PostgreSQL ends one of the two; on a slow machine it may be this one.
        with suppress(OperationalError), writing(engine) as session:
            lock(session, last)
            again = threads.submit(waiting, room, [first, last])
            while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                time.sleep(0.01)
            lock(session, first)
        assert again.result() == [None, None]

    with reading(engine) as session:
        assert set(session.scalars(select(ExternalEventLog.received_count))) == {2}


def lock(session: Session, body: bytes) -> None:
    session.execute(
        select(ExternalEventLog.id).where(ExternalEventLog.body == body).with_for_update()
    )
