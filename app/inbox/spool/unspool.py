"""From the spool into the log of bodies, once the database is back."""

from __future__ import annotations

import heapq
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from operator import attrgetter
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.inbox import lease
from app.inbox.mailroom import STORE, row
from app.inbox.spool.folder import OPEN, SEALED, Folder
from app.inbox.spool.record import Received
from app.inbox.spool.segment import Sealed, seal
from app.models.database import is_locked, writing

LEASE = "spool"
LEASE_LENGTH = timedelta(seconds=10)
PASS_BYTES = 32_000_000
"""So much is read at once, about; newer files have to wait."""
BATCH, BATCH_BYTES = 100, 5_000_000
"""What one transaction takes, about."""
PAUSE = 0.02
"""Seconds between transactions, in which webhooks find the way free on SQLite."""

log = structlog.get_logger()


class Unspool:
    """Drains the spool of one installation, in the order in which the bodies arrived.

    Two that run at once have one effect: one has the lease, and each batch renews it in its own
    transaction. A file is taken away after the commit of its last body; whoever is cut off in
    between stores its bodies again, which only raises their ``received_count``.
    """

    def __init__(self, engine: Engine, folder: Folder) -> None:
        """Take the database and the spool."""
        self._engine = engine
        self._folder = folder
        self._holder = uuid.uuid4().hex

    def run(self) -> int:
        """Store what the spool holds and return how many bodies that were.

        Raises :class:`sqlalchemy.exc.DBAPIError` while the database is away.
        """
        if not self._folder.files(OPEN, SEALED) or not self._acquire():
            return 0
        done = 0
        try:
            while count := self._drain():
                done += count
        except lease.LeaseLost:
            log.warning("unspool_lease_lost", holder=self._holder)
        finally:
            with suppress(DBAPIError), writing(self._engine) as session:
                lease.release(session, LEASE, self._holder)
        if done:
            log.warning("spool_drained", bodies=done)
        return done

    def _acquire(self) -> bool:
        with writing(self._engine) as session:
            return lease.acquire(session, LEASE, self._holder, LEASE_LENGTH)

    def _drain(self) -> int:
        files = self._sealed()
        done = 0
        for batch in _batches(heapq.merge(*files, key=attrgetter("received_at"))):
            self._store(batch)
            done += len(batch)
            _remove_read(files)
            time.sleep(PAUSE)
        _remove_read(files)
        return done

    def _sealed(self) -> list[Sealed]:
        found: list[Sealed] = []
        size = 0
        for path in self._folder.files(OPEN, SEALED):
            if size < PASS_BYTES and (one := _open(path)):
                found.append(one)
                size += len(one.records.data)
        return found

    def _store(self, batch: list[Received]) -> None:
        rows = [row(received) for received in batch]
        while True:
            try:
                with writing(self._engine) as session:
                    lease.renew(session, LEASE, self._holder, LEASE_LENGTH)
                    session.execute(STORE, rows)
            except DBAPIError as problem:
                if not is_locked(problem):
                    raise
            else:
                return


def _open(path: Path) -> Sealed | None:
    try:
        sealed = path if path.suffix == SEALED else seal(path)
        return Sealed(sealed) if sealed else None
    except FileNotFoundError:
        return None
    except OSError as problem:
        log.error("spool_file_unreadable", file=path.name, error=problem.strerror)  # noqa: TRY400
        return None


def _batches(bodies: Iterable[Received]) -> Iterator[list[Received]]:
    batch: list[Received] = []
    size = 0
    for received in bodies:
        batch.append(received)
        size += len(received.body)
        if len(batch) == BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _remove_read(files: list[Sealed]) -> None:
    for one in [file for file in files if file.records.is_read]:
        if damaged := one.remove():
            log.error("spool_damaged", octets=damaged)
        files.remove(one)
