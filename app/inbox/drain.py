"""From stored bodies to the inbox: one drain runs per database, however many processes ring.

Bodies are unpacked into pending events, and pending events are applied in batches, one
transaction each. A batch that fails is halved until the one item is found; that item is parked
with its error and tried again with back-off, while all others go on.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import clock
from app.channels.body import Unreadable
from app.channels.events import Unknown
from app.inbox import ingest, lease
from app.inbox.ingest import Arrival
from app.inbox.keyring import Keyring
from app.inbox.unpack import Items, Unpacked, items_in, unpack
from app.models import ExternalEvent, ExternalEventLog
from app.models.bulk import update_rows
from app.models.database import is_locked, reading, writing
from app.models.events import EVENT_IS_OPEN, LOG_IS_PENDING
from app.models.states import Outcome

LEASE = "drain"
LEASE_LENGTH = timedelta(seconds=5)
BATCH = 500
MAX_ATTEMPTS = 10
SQLITE_PAUSE = 0.02
"""Seconds between transactions on SQLite, where a drain that never pauses starves the webhook."""

NO_ITEM = Unpacked(
    channel=None,
    path="",
    event=Unknown(account="", person=None, occurred_at=None, name="no item", visible=False),
    key="",
)
"""What stands for a body that holds no item when it is replayed."""

log = structlog.get_logger()


class Drain:
    """Empties the log of webhook bodies of one database."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        """Take the database and the keyring that tells whose secret verified what."""
        self._engine = engine
        self._keyring = keyring
        self._holder = uuid.uuid4().hex
        self._pause = SQLITE_PAUSE if engine.dialect.name == "sqlite" else 0.0

    def run(self, linger: float = 0.0) -> int:
        """Apply everything that waits and return how many items got an outcome.

        Where another drain runs, that one does the work and this returns 0. ``linger`` seconds
        after the last item it looks once more, for bodies stored while nobody was rung.
        """
        done = 0
        while self._anything_waits() and self._acquire():
            try:
                done += self._work(linger)
            except lease.LeaseLost:
                log.warning("drain_lease_lost", holder=self._holder)
                break
            finally:
                with writing(self._engine) as session:
                    lease.release(session, LEASE, self._holder)
        return done

    def _acquire(self) -> bool:
        with writing(self._engine) as session:
            return lease.acquire(session, LEASE, self._holder, LEASE_LENGTH)

    def _anything_waits(self) -> bool:
        with reading(self._engine) as session:
            return is_waiting(session)

    def _work(self, linger: float) -> int:
        done = self._empty()
        while linger:
            time.sleep(linger)
            if not self._anything_waits():
                break
            done += self._empty()
        return done

    def _empty(self) -> int:
        done = 0
        while self._anything_waits():
            items = self._unpack()
            time.sleep(self._pause)
            done += self._apply_due(items)
            time.sleep(self._pause)
        return done

    def _unpack(self) -> Items:
        with writing(self._engine) as session:
            lease.renew(session, LEASE, self._holder, LEASE_LENGTH)
            return unpack(session)

    def _apply_due(self, items: Items) -> int:
        with reading(self._engine) as session:
            arrivals = _due(session, items)
        self._apply(arrivals)
        return len(arrivals)

    def _apply(self, arrivals: Sequence[Arrival]) -> None:
        if not arrivals:
            return
        try:
            with writing(self._engine) as session:
                lease.renew(session, LEASE, self._holder, LEASE_LENGTH)
                ingest.apply(session, arrivals, self._keyring)
                record(session, arrivals)
        except lease.LeaseLost:
            raise
        except Exception as problem:
            if _is_database_away(problem):
                raise
            self._halve(arrivals, problem)

    def _halve(self, arrivals: Sequence[Arrival], problem: Exception) -> None:
        for arrival in arrivals:
            arrival.settle(Outcome.PENDING)
        if len(arrivals) > 1:
            rest = iter(arrivals)
            self._apply(list(islice(rest, len(arrivals) // 2)))
            self._apply(list(rest))
            return
        with writing(self._engine) as session:
            lease.renew(session, LEASE, self._holder, LEASE_LENGTH)
            park(session, arrivals[0], problem)


def is_waiting(session: Session) -> bool:
    """Say whether a body waits to be unpacked or an item is due to be applied."""
    body = select(ExternalEventLog.id).where(LOG_IS_PENDING).limit(1)
    item = select(ExternalEvent.id).where(EVENT_IS_OPEN, ExternalEvent.next_try_at <= clock.now())
    return session.scalar(body) is not None or session.scalar(item.limit(1)) is not None


def record(session: Session, arrivals: Sequence[Arrival]) -> None:
    """Write the outcome of each item."""
    moment = clock.now()
    update_rows(
        session,
        ExternalEvent,
        [
            {
                "id": arrival.event_id,
                "outcome": arrival.outcome,
                "reason": arrival.reason,
                "workspace_id": arrival.account.workspace_id if arrival.account else None,
                "account_id": arrival.account.id if arrival.account else None,
                "next_try_at": arrival.next_try_at,
                "settled_at": None if arrival.outcome == Outcome.PARKED else moment,
            }
            for arrival in arrivals
        ],
    )


def park(session: Session, arrival: Arrival, problem: Exception) -> None:
    """Set one item aside with its error, to be tried again later, at most ten times."""
    event = session.get_one(ExternalEvent, arrival.event_id)
    if arrival.account is not None:
        event.workspace_id, event.account_id = arrival.account.workspace_id, arrival.account.id
    event.attempts += 1
    event.reason = f"{type(problem).__name__}: {_short(problem)}"
    gives_up = event.attempts >= MAX_ATTEMPTS
    event.outcome = Outcome.FAILED if gives_up else Outcome.PARKED
    event.next_try_at = clock.now() + timedelta(seconds=min(2**event.attempts, 3600))
    log.error("event_parked", event_id=event.id, attempts=event.attempts, error=event.reason)


def _due(session: Session, items: Items) -> list[Arrival]:
    """Return the oldest due items; bodies that are not in ``items`` are read again."""
    rows = session.execute(
        select(
            ExternalEvent.id,
            ExternalEvent.log_id,
            ExternalEvent.position,
            ExternalEventLog.verified_by,
            ExternalEventLog.received_at,
        )
        .join(ExternalEventLog, ExternalEvent.log_id == ExternalEventLog.id)
        .where(EVENT_IS_OPEN, ExternalEvent.next_try_at <= clock.now())
        .order_by(ExternalEvent.id)
        .limit(BATCH)
    ).all()
    missing = {row.log_id for row in rows if (row.log_id, row.position) not in items}
    known = items | _reread(session, missing)
    return [_arrival(row, known.get((row.log_id, row.position), NO_ITEM)) for row in rows]


def _arrival(row: Any, item: Unpacked) -> Arrival:
    return Arrival(
        event_id=row.id,
        channel=item.channel,
        key=item.key,
        event=item.event,
        verified_by=row.verified_by,
        received_at=row.received_at,
    )


def _reread(session: Session, log_ids: Collection[int]) -> Items:
    found: Items = {}
    for log_id in log_ids:
        body = session.scalar(select(ExternalEventLog.body).where(ExternalEventLog.id == log_id))
        with suppress(Unreadable):
            for position, item in enumerate(items_in(body or b"")):
                found[log_id, position] = item
    return found


def _short(problem: Exception) -> str:
    cause = problem.orig if isinstance(problem, DBAPIError) and problem.orig else problem
    return str(cause).strip().split("\n", maxsplit=1)[0][:300]


def _is_database_away(problem: Exception) -> bool:
    """Say whether the failure is the connection's or a lock's, and so nobody's item to blame."""
    if not isinstance(problem, DBAPIError):
        return False
    is_connecting = problem.statement is None
    return is_connecting or problem.connection_invalidated or is_locked(problem)
