"""Letting go of what Meta sent long ago: bodies and their items, never messages.

A body goes with all its items, once every one of them has had its effect. What is pending,
parked, failed or unroutable stays however old it is, and its body with it. A message that came
of an item stays and only forgets which item that was. If Meta delivers the body once more, its
messages are known by Meta's ids and nothing is doubled.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

import structlog
from sqlalchemy import Engine, Executable, FromClause, delete, select, update
from sqlalchemy.orm import Session

from app import clock
from app.inbox.replaying import REPLAYABLE
from app.models import ExternalEvent, ExternalEventLog, Message
from app.models.bulk import ids, run_with_ids
from app.models.database import writing
from app.models.states import LogState, Outcome

BATCH = 200
"""Bodies looked at in one transaction; each lookup follows a key."""
REST_SECONDS = 3600.0
"""How long nothing is looked at after all old bodies were."""
UNFINISHED = frozenset({*REPLAYABLE, Outcome.PENDING}) - {Outcome.IGNORED}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Looked:
    """How many bodies were deleted, and after which one to go on; None at the end of the old."""

    deleted: int
    last_id: int | None


class Retention:
    """Walks through the old bodies, a batch a step, and begins anew every hour."""

    def __init__(self, engine: Engine, days: int) -> None:
        """Keep bodies for ``days``; 0 keeps them for ever."""
        self._engine = engine
        self._age = timedelta(days=days)
        self._place = 0
        self._rests_until = 0.0

    def step(self) -> int:
        """Delete what is too old among the next bodies, and return how many those were."""
        if not self._age or time.monotonic() < self._rests_until:
            return 0
        with writing(self._engine) as session:
            looked = forget(session, clock.now() - self._age, self._place)
        self._place = looked.last_id or 0
        if looked.last_id is None:
            self._rests_until = time.monotonic() + REST_SECONDS
        if looked.deleted:
            log.info("forgotten", bodies=looked.deleted)
        return looked.deleted


def forget(session: Session, moment: datetime, after_id: int) -> Looked:
    """Delete finished bodies from before ``moment`` among the BATCH that follow ``after_id``.

    Bodies that somebody works on at this moment are left for the next time.
    """
    following = session.execute(
        select(ExternalEventLog.id, ExternalEventLog.received_at)
        .where(ExternalEventLog.id > after_id)
        .order_by(ExternalEventLog.id)
        .limit(BATCH)
    ).all()
    old = [row.id for row in takewhile(lambda row: row.received_at < moment, following)]
    deleted = _delete_finished(session, old, moment) if old else 0
    return Looked(deleted, old[-1] if len(old) == BATCH else None)


def _delete_finished(session: Session, log_ids: Collection[int], moment: datetime) -> int:
    idle = session.scalars(
        select(ExternalEventLog.id)
        .where(
            ExternalEventLog.id.in_(log_ids),
            ExternalEventLog.state == LogState.UNPACKED,
            ExternalEventLog.last_received_at < moment,
        )
        .with_for_update(skip_locked=True)
    ).all()
    events = run_with_ids(session, _items_of, idle).all()
    unfinished = {event.log_id for event in events if event.outcome in UNFINISHED}
    gone = [event.id for event in events if event.log_id not in unfinished]
    bodies = [log_id for log_id in idle if log_id not in unfinished]
    run_with_ids(session, _unlink, gone)
    run_with_ids(session, _delete_items, gone)
    run_with_ids(session, _delete_bodies, bodies)
    return len(bodies)


def _items_of(given: FromClause) -> Executable:
    columns = select(ExternalEvent.id, ExternalEvent.log_id, ExternalEvent.outcome)
    return columns.where(ExternalEvent.log_id.in_(ids(given))).with_for_update()


def _unlink(given: FromClause) -> Executable:
    return (
        update(Message)
        .where(Message.event_id.in_(ids(given)))
        .values(event_id=None)
        .execution_options(synchronize_session=False)
    )


def _delete_items(given: FromClause) -> Executable:
    gone = delete(ExternalEvent).where(ExternalEvent.id.in_(ids(given)))
    return gone.execution_options(synchronize_session=False)


def _delete_bodies(given: FromClause) -> Executable:
    gone = delete(ExternalEventLog).where(ExternalEventLog.id.in_(ids(given)))
    return gone.execution_options(synchronize_session=False)
