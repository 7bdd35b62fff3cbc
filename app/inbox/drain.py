"""From stored bodies to the inbox: one drain runs per database, however many processes ring.

What was received is unpacked and applied in one transaction. A batch that fails becomes pending
events, and these are halved until the one item is found; that item is parked with its error and
tried again with back-off, while all others go on.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from threading import Event
from typing import NamedTuple

import structlog
from sqlalchemy import Engine, exists, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import clock
from app.inbox import ingest, lease
from app.inbox.due import due
from app.inbox.ingest import Arrival
from app.inbox.keyring import Keyring
from app.inbox.unpack import unpack
from app.models import ExternalEvent, ExternalEventLog
from app.models.database import is_away, reading, writing
from app.models.events import EVENT_IS_OPEN, LOG_IS_PENDING
from app.models.states import Outcome

LEASE = "drain"
LEASE_LENGTH = timedelta(seconds=5)
BATCH = 500
MAX_ATTEMPTS = 10
NEVER = Event()
SQLITE_PAUSE = 0.02
"""Seconds between batches on SQLite, where a drain that never pauses starves the webhook."""

log = structlog.get_logger()


class Waiting(NamedTuple):
    """What waits for a drain: bodies to be unpacked, items that are due."""

    bodies: bool
    items: bool


class Drain:
    """Empties the log of webhook bodies of one database."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        """Take the database and the keyring that tells whose secret verified what."""
        self._engine = engine
        self._keyring = keyring
        self._holder = uuid.uuid4().hex
        self._pause = SQLITE_PAUSE if engine.dialect.name == "sqlite" else 0.0

    def run(self, linger: float = 0.0, until: Event = NEVER) -> int:
        """Apply everything that waits and return how many items got an outcome.

        Where another drain runs, that one does the work and this returns 0. ``linger`` seconds
        after the last item it looks once more, for bodies stored while nobody was rung. Once
        ``until`` is set it ends after the batch that has begun.
        """
        done = 0
        while not until.is_set() and (waiting := self._acquire()):
            try:
                done += self._work(waiting, linger, until)
            except lease.LeaseLost:
                log.warning("drain_lease_lost", holder=self._holder)
                break
            finally:
                with writing(self._engine) as session:
                    lease.release(session, LEASE, self._holder)
        return done

    def _acquire(self) -> Waiting | None:
        """Take the role if anything waits and nobody has it, and return what waits."""
        with writing(self._engine) as session:
            found = what_waits(session)
            if any(found) and lease.acquire(session, LEASE, self._holder, LEASE_LENGTH):
                return found
            return None

    def _work(self, waiting: Waiting, linger: float, until: Event) -> int:
        done = self._empty(waiting, until)
        while linger and not until.wait(linger):
            if not any(waiting := self._look()):
                break
            done += self._empty(waiting, until)
        return done

    def _empty(self, waiting: Waiting, until: Event) -> int:
        done = 0
        while True:
            if waiting.items:
                done += self._apply_due()
            if waiting.bodies and not until.is_set():
                done += self._take_in()
            if until.is_set() or not any(waiting := self._look()):
                return done
            time.sleep(self._pause)

    def _look(self) -> Waiting:
        with reading(self._engine) as session:
            return what_waits(session)

    def _take_in(self) -> int:
        """Unpack what was received and apply it; what cannot be applied now is due at once."""
        with writing(self._engine) as session:
            lease.renew(session, LEASE, self._holder, LEASE_LENGTH)
            arrivals = unpack(session)
            batch, rest = arrivals[:BATCH], arrivals[BATCH:]
            applied = self._try_to_apply(session, batch)
            ingest.enter(session, rest if applied else arrivals, Outcome.PENDING)
        return len(batch) if applied else 0

    def _try_to_apply(self, session: Session, new: Sequence[Arrival]) -> bool:
        try:
            with session.begin_nested():
                ingest.route(session, new, self._keyring)
                ingest.enter(session, new, Outcome.APPLIED)
                ingest.apply(session, new)
                ingest.record(session, new)
        except Exception as problem:
            if is_away(problem):
                raise
            log.warning("batch_not_applied", items=len(new), error=_short(problem))
            _forget_outcomes(new)
            return False
        return True

    def _apply_due(self) -> int:
        with reading(self._engine) as session:
            found = due(session, BATCH)
        self._apply(found.items)
        for item, mistake in found.mistaken:
            self._park(item, mistake)
        return len(found.items) + len(found.mistaken)

    def _apply(self, arrivals: Sequence[Arrival]) -> None:
        if not arrivals:
            return
        try:
            with writing(self._engine) as session:
                lease.renew(session, LEASE, self._holder, LEASE_LENGTH)
                ingest.route(session, arrivals, self._keyring)
                ingest.apply(session, arrivals)
                ingest.record(session, arrivals)
        except lease.LeaseLost:
            raise
        except Exception as problem:
            if is_away(problem):
                raise
            self._halve(arrivals, problem)

    def _halve(self, arrivals: Sequence[Arrival], problem: Exception) -> None:
        _forget_outcomes(arrivals)
        if len(arrivals) > 1:
            rest = iter(arrivals)
            self._apply(list(islice(rest, len(arrivals) // 2)))
            self._apply(list(rest))
            return
        self._park(arrivals[0], problem)

    def _park(self, arrival: Arrival, problem: Exception) -> None:
        with writing(self._engine) as session:
            lease.renew(session, LEASE, self._holder, LEASE_LENGTH)
            park(session, arrival, problem)


def is_waiting(session: Session) -> bool:
    """Say whether a body waits to be unpacked or an item is due to be applied."""
    return any(what_waits(session))


def what_waits(session: Session) -> Waiting:
    """Return what waits for a drain."""
    body = exists().where(LOG_IS_PENDING)
    item = exists().where(EVENT_IS_OPEN, ExternalEvent.next_try_at <= clock.now())
    found = select(body.select_from(ExternalEventLog), item.select_from(ExternalEvent))
    return Waiting(*session.execute(found).one())


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


def _forget_outcomes(arrivals: Sequence[Arrival]) -> None:
    for arrival in arrivals:
        arrival.settle(Outcome.PENDING)


def _short(problem: Exception) -> str:
    cause = problem.orig if isinstance(problem, DBAPIError) and problem.orig else problem
    return str(cause).strip().split("\n", maxsplit=1)[0][:300]
