"""From stored webhook bodies to the items in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import (
    Executable,
    FromClause,
    LargeBinary,
    Row,
    delete,
    func,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from app import clock
from app.channels import body, registry
from app.inbox.ingest import Arrival
from app.models import ExternalEvent, ExternalEventLog
from app.models.bulk import ids, insert_rows, or_nothing, run_with_ids
from app.models.events import LOG_IS_PENDING
from app.models.states import LogState, Outcome

MAX_BODIES = 500
MAX_BYTES = 8_000_000
REASON_LENGTH = 300
NOT_UNPACKED, UNREADABLE, EMPTY = "not_unpacked", "unreadable", "empty"
WITHOUT_ITEM = frozenset({NOT_UNPACKED, UNREADABLE, EMPTY})
"""Kinds of the one event that stands for a body in which no item was found."""

Body = Row[int, bytes, str, datetime]
"""Its id, the bytes, whose secret verified them, and when they were received."""

_OF_A_BODY = (
    ExternalEventLog.id,
    ExternalEventLog.body,
    ExternalEventLog.verified_by,
    ExternalEventLog.received_at,
)

log = structlog.get_logger()


def unpack(session: Session) -> list[Arrival]:
    """Unpack the oldest pending bodies and return their items, which the caller enters.

    Takes up to 500 bodies, as many as begin within 8 MB. A body that is no webhook becomes one
    ``ignored`` event that says why; one that a mistake of ours keeps from being read becomes one
    ``failed`` event.
    """
    found: list[Arrival] = []
    records: list[dict[str, Any]] = []
    for one in _oldest_pending(session):
        try:
            items = items_in(one)
        except body.Unreadable as problem:
            records.append(_settled(one.id, Outcome.IGNORED, UNREADABLE, problem.reason))
            continue
        except Exception as mistake:  # one body must not hold up all others
            log.exception("body_not_unpacked", log_id=one.id)
            reason = f"{type(mistake).__name__}: {mistake}"[:REASON_LENGTH]
            records.append(_settled(one.id, Outcome.FAILED, NOT_UNPACKED, reason))
            continue
        if not items:
            reason = "the body holds no item"
            records.append(_settled(one.id, Outcome.IGNORED, EMPTY, reason))
        found += items
    if records:
        insert_rows(session, ExternalEvent, records, or_nothing)
    return found


def unpack_again(session: Session, event_ids: Collection[int]) -> int:
    """Have bodies unpacked again in which no item was found; return how many there were.

    Whoever takes an event away first has its body unpacked; nobody else does.
    """
    log_ids = run_with_ids(session, _take_without_item, event_ids).scalars().all()
    run_with_ids(session, _pending_again, log_ids)
    return len(log_ids)


def items_in(one: Body) -> list[Arrival]:
    """Return the items of a body, in order. Raises :class:`app.channels.body.Unreadable`."""
    objects, before = body.read_noting(one.body)
    return [
        Arrival(
            log_id=one.id,
            position=position,
            path=item.path,
            channel=channel.kind if channel else None,
            key=getattr(item.event, "external_id", None) or _digest(objects, item.path),
            event=item.event,
            verified_by=one.verified_by,
            received_at=one.received_at,
            repaired=body.repairs_at(before, item.path) if before else None,
        )
        for position, (channel, item) in enumerate(registry.items(objects))
    ]


def bodies_of(session: Session, log_ids: Iterable[int]) -> Sequence[Body]:
    """Return the bodies with these ids."""
    return run_with_ids(session, _bodies, log_ids).all()


def _bodies(given: FromClause) -> Executable:
    return select(*_OF_A_BODY).where(ExternalEventLog.id.in_(ids(given)))


def _take_without_item(given: FromClause) -> Executable:
    without_item = delete(ExternalEvent).where(
        ExternalEvent.id.in_(ids(given)),
        ExternalEvent.kind.in_(WITHOUT_ITEM),
        ExternalEvent.outcome.in_((Outcome.FAILED, Outcome.IGNORED)),
    )
    return without_item.returning(ExternalEvent.log_id)


def _pending_again(given: FromClause) -> Executable:
    bodies = update(ExternalEventLog).where(ExternalEventLog.id.in_(ids(given)))
    return bodies.values(state=LogState.PENDING)


def _digest(objects: list[dict[str, Any]], path: str) -> str:
    canonical = json.dumps(body.item_at(objects, path), sort_keys=True, separators=(",", ":"))
    return f"item:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _oldest_pending(session: Session) -> list[Body]:
    """Take the oldest pending bodies: nobody unpacks them a second time."""
    size = func.length(type_coerce(ExternalEventLog.body, LargeBinary))
    oldest = (
        select(ExternalEventLog.id, size.label("size"))
        .where(LOG_IS_PENDING)
        .order_by(ExternalEventLog.id)
        .limit(MAX_BODIES)
        .subquery()
    )
    before = func.sum(oldest.c.size).over(order_by=oldest.c.id) - oldest.c.size
    placed = select(oldest.c.id, before.label("before")).subquery()
    chosen = select(placed.c.id).where(placed.c.before < MAX_BYTES)
    taken = (
        update(ExternalEventLog)
        .where(ExternalEventLog.id.in_(chosen))
        .values(state=LogState.UNPACKED)
        .returning(*_OF_A_BODY)
    )
    found = session.execute(taken, execution_options={"synchronize_session": False}).all()
    return sorted(found, key=lambda one: one.id)


def _settled(log_id: int, outcome: Outcome, kind: str, reason: str) -> dict[str, Any]:
    moment = clock.now()
    return {
        "log_id": log_id,
        "position": 0,
        "path": "",
        "kind": kind,
        "outcome": outcome,
        "reason": reason,
        "created_at": moment,
        "settled_at": moment,
    }
