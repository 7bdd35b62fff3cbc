"""What was kept comes into the log as it arrived: in order, with its time, once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from structlog.testing import CapturingLogger

from app.inbox import lease
from app.inbox.mailroom import Mailroom
from app.inbox.spool import unspool as module
from app.inbox.spool.folder import DAMAGED, Folder
from app.inbox.spool.segment import Sealed, Segment, _locked
from app.inbox.spool.unspool import LEASE, LEASE_LENGTH, Unspool
from app.inbox.spool.writer import Spool
from app.models import ExternalEventLog
from app.models.database import reading, writing
from tests.spool.kept import files, received

if TYPE_CHECKING:
    from sqlalchemy import Engine


def rows(engine: Engine) -> list[ExternalEventLog]:
    with reading(engine) as session:
        return list(session.scalars(select(ExternalEventLog).order_by(ExternalEventLog.id)))


def test_a_body_comes_as_it_arrived(folder: Folder, spool: Spool, engine: Engine) -> None:
    one = received(b"\0\xff body", verified_by="the secret")
    spool.put(one)
    assert Unspool(engine, folder).run() == 1
    [row] = rows(engine)
    assert (row.body, row.endpoint, row.verified_by) == (one.body, "instagram", "the secret")
    assert (row.received_at, row.last_received_at) == (one.received_at, one.received_at)
    assert (row.state, row.source, row.received_count) == ("pending", "webhook", 1)
    assert files(folder) == []


def test_the_files_of_several_processes_are_drained_in_order_of_arrival(
    folder: Folder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    spools = [Spool(folder) for _ in range(3)]
    for number in range(20):
        spools[number % 3].put(received(b"%d" % number, seconds=number))
    assert Unspool(engine, folder).run() == 20
    assert [row.body for row in rows(engine)] == [b"%d" % number for number in range(20)]


def test_a_body_that_came_again_to_the_database_is_one_row(
    folder: Folder, spool: Spool, engine: Engine
) -> None:
    spool.put(received(b"same"))
    mailroom = Mailroom(engine)
    mailroom.store(received(b"same", seconds=9))
    mailroom.engine.dispose()
    Unspool(engine, folder).run()
    assert [row.received_count for row in rows(engine)] == [2]


def test_large_bodies_do_not_share_a_transaction(
    folder: Folder, spool: Spool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 1000)
    for number in range(4):
        spool.put(received(b"%d" % number * 700))
    assert Unspool(engine, folder).run() == 4
    assert len(rows(engine)) == 4


def test_more_than_is_read_at_once_is_drained_too(
    folder: Folder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PASS_BYTES", 1)
    for number in range(5):
        Spool(folder).put(received(b"%d" % number, seconds=number))
    assert Unspool(engine, folder).run() == 5
    assert [row.body for row in rows(engine)] == [b"%d" % number for number in range(5)]


def test_an_empty_or_missing_folder_is_no_work(folder: Folder, engine: Engine) -> None:
    assert Unspool(engine, folder).run() == 0
    folder.prepare()
    assert Unspool(engine, folder).run() == 0


def test_damage_is_set_aside_and_what_follows_is_stored(
    folder: Folder, spool: Spool, engine: Engine
) -> None:
    for number in range(3):
        spool.put(received(b"body %d" % number, seconds=number))
    [path] = files(folder)
    path.write_bytes(path.read_bytes().replace(b"body 1", b"b\xffdy 1"))
    assert Unspool(engine, folder).run() == 2
    assert [row.body for row in rows(engine)] == [b"body 0", b"body 2"]
    [aside] = folder.files(DAMAGED)
    assert b"b\xffdy 1" in aside.read_bytes()
    assert (spool.state().count, spool.state().damaged) == (0, 1)


def test_a_file_that_is_being_written_is_left_for_the_next_look(
    folder: Folder, engine: Engine
) -> None:
    segment = Segment(folder)
    with _locked(segment._file):
        assert Unspool(engine, folder).run() == 0
    segment.close()


def test_while_another_drain_has_the_lease_nothing_is_touched(
    folder: Folder, spool: Spool, engine: Engine
) -> None:
    spool.put(received(b"x"))
    with writing(engine) as session:
        lease.acquire(session, LEASE, "another", LEASE_LENGTH)
    assert Unspool(engine, folder).run() == 0
    assert len(files(folder)) == 1


def test_a_drain_that_lost_its_lease_stops_before_it_stores(
    folder: Folder, spool: Spool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.put(received(b"x"))
    drain = Unspool(engine, folder)
    monkeypatch.setattr(drain, "_acquire", lambda: True)
    assert drain.run() == 0
    assert (rows(engine), len(files(folder))) == ([], 1)


def test_two_drains_at_once_have_one_effect(folder: Folder, engine: Engine) -> None:
    spool = Spool(folder)
    for number in range(300):
        spool.put(received(b"%d" % number, seconds=number))
    drains = [threading.Thread(target=Unspool(engine, folder).run) for _ in range(4)]
    for one in drains:
        one.start()
    for one in drains:
        one.join()
    Unspool(engine, folder).run()
    assert [row.received_count for row in rows(engine)] == [1] * 300


def test_a_database_that_goes_away_again_costs_nothing(
    folder: Folder, spool: Spool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_batch: object) -> None:
        monkeypatch.setattr(drain, "_store", store)
        raise OperationalError("", {}, Exception("away"))

    spool.put(received(b"x"))
    drain = Unspool(engine, folder)
    store = drain._store
    monkeypatch.setattr(drain, "_store", away)
    with pytest.raises(OperationalError):
        drain.run()
    assert drain.run() == 1
    assert len(rows(engine)) == 1


def test_a_file_that_cannot_be_read_does_not_hold_up_the_others(
    folder: Folder, spool: Spool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.put(received(b"unreadable"))
    bad = files(folder)[0]
    Spool(folder).put(received(b"readable"))
    read = Sealed.__init__

    def refuse(self: Sealed, path: object) -> None:
        if str(path).startswith(str(bad.with_suffix(""))):
            raise PermissionError(13, "Permission denied")
        read(self, path)  # type: ignore[arg-type]

    monkeypatch.setattr(Sealed, "__init__", refuse)
    assert Unspool(engine, folder).run() == 1
    assert [row.body for row in rows(engine)] == [b"readable"]


def test_the_end_is_said_once(
    folder: Folder, spool: Spool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "log", said := CapturingLogger())
    for number in range(5):
        spool.put(received(b"%d" % number))
    for _ in range(3):
        Unspool(engine, folder).run()
    assert [(call.args, call.kwargs) for call in said.calls] == [
        (("spool_drained",), {"bodies": 5})
    ]
