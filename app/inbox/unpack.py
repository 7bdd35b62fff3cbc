"""From stored webhook bodies to items: every item becomes one ExternalEvent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import (
    Executable,
    FromClause,
    LargeBinary,
    delete,
    func,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from app import clock
from app.channels import body, registry
from app.channels.events import Event, Unknown
from app.models import ExternalEvent, ExternalEventLog
from app.models.bulk import ids, insert_rows, or_nothing, run_with_ids
from app.models.events import LOG_IS_PENDING
from app.models.states import LogState, Outcome

MAX_BODIES = 500
MAX_BYTES = 8_000_000
REASON_LENGTH = 300
NOT_UNPACKED = "not_unpacked"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Unpacked:
    """One item of a body: where it stands, what happened, and the key that makes it unique.

    ``key`` is Meta's message id, or "item:" and a digest of the raw item where it has none:
    the same item in another batch has the same key.
    """

    channel: str | None
    path: str
    event: Event
    key: str


Items = dict[tuple[int, int], Unpacked]


def unpack(session: Session) -> Items:
    """Unpack the oldest pending bodies and return their items by (log id, position).

    Takes up to 500 bodies or 8 MB. A body that is no webhook becomes one ``ignored`` event that
    says why; one that a mistake of ours keeps from being read becomes one ``failed`` event.
    """
    logs = _oldest_pending(session)
    found: Items = {}
    records: list[dict[str, Any]] = []
    for log_id, raw in logs:
        try:
            items = items_in(raw)
        except body.Unreadable as problem:
            records.append(_settled(log_id, Outcome.IGNORED, "unreadable", problem.reason))
            continue
        except Exception as mistake:  # one body must not hold up all others
            log.exception("body_not_unpacked", log_id=log_id)
            reason = f"{type(mistake).__name__}: {mistake}"[:REASON_LENGTH]
            records.append(_settled(log_id, Outcome.FAILED, NOT_UNPACKED, reason))
            continue
        if not items:
            reason = "the body holds no item"
            records.append(_settled(log_id, Outcome.IGNORED, "empty", reason))
        for position, item in enumerate(items):
            found[log_id, position] = item
            records.append(_pending(log_id, position, item))
    if records:
        insert_rows(session, ExternalEvent, records, or_nothing)
    if logs:
        run_with_ids(session, _mark_unpacked, (log_id for log_id, _ in logs))
    return found


def unpack_again(session: Session, event_ids: Collection[int]) -> int:
    """Have bodies unpacked again whose events say that it failed; return how many there were."""
    failed = select(ExternalEvent.log_id).where(
        ExternalEvent.id.in_(event_ids), ExternalEvent.kind == NOT_UNPACKED
    )
    log_ids = session.scalars(failed).all()
    session.execute(delete(ExternalEvent).where(ExternalEvent.log_id.in_(log_ids)))
    bodies = update(ExternalEventLog).where(ExternalEventLog.id.in_(log_ids))
    session.execute(bodies.values(state=LogState.PENDING))
    return len(log_ids)


def items_in(raw: bytes) -> list[Unpacked]:
    """Return the items of a body, in order. Raises :class:`app.channels.body.Unreadable`."""
    objects = body.read(raw)
    return [
        Unpacked(
            channel=channel.kind if channel else None,
            path=item.path,
            event=item.event,
            key=getattr(item.event, "external_id", None) or _digest(objects, item.path),
        )
        for channel, item in registry.items(objects)
    ]


def _digest(objects: list[dict[str, Any]], path: str) -> str:
    canonical = json.dumps(body.item_at(objects, path), sort_keys=True, separators=(",", ":"))
    return f"item:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _oldest_pending(session: Session) -> list[tuple[int, bytes]]:
    size = func.length(type_coerce(ExternalEventLog.body, LargeBinary))
    sizes = session.execute(
        select(ExternalEventLog.id, size)
        .where(LOG_IS_PENDING)
        .order_by(ExternalEventLog.id)
        .limit(MAX_BODIES)
    )
    chosen: list[int] = []
    total = 0
    for log_id, length in sizes:
        total += length
        if chosen and total > MAX_BYTES:
            break
        chosen.append(log_id)
    if not chosen:
        return []
    return [(row.id, row.body) for row in run_with_ids(session, _bodies, chosen)]


def _bodies(given: FromClause) -> Executable:
    return (
        select(ExternalEventLog.id, ExternalEventLog.body)
        .where(ExternalEventLog.id.in_(ids(given)))
        .order_by(ExternalEventLog.id)
    )


def _mark_unpacked(given: FromClause) -> Executable:
    return (
        update(ExternalEventLog)
        .where(ExternalEventLog.id.in_(ids(given)))
        .values(state=LogState.UNPACKED)
        .execution_options(synchronize_session=False)
    )


def _pending(log_id: int, position: int, item: Unpacked) -> dict[str, Any]:
    event = item.event
    return _record(log_id, position, Outcome.PENDING) | {
        "path": item.path,
        "channel": item.channel,
        "addressed_to": event.account,
        "kind": kind_of(event),
        "external_id": getattr(event, "external_id", None),
        "occurred_at": event.occurred_at,
    }


def _settled(log_id: int, outcome: Outcome, kind: str, reason: str) -> dict[str, Any]:
    settled = _record(log_id, 0, outcome)
    return settled | {"kind": kind, "reason": reason, "settled_at": clock.now()}


def _record(log_id: int, position: int, outcome: Outcome) -> dict[str, Any]:
    moment = clock.now()
    return {
        "log_id": log_id,
        "position": position,
        "path": "",
        "channel": None,
        "addressed_to": None,
        "kind": "",
        "external_id": None,
        "occurred_at": None,
        "outcome": outcome,
        "reason": None,
        "attempts": 0,
        "next_try_at": moment,
        "created_at": moment,
        "settled_at": None,
    }


def kind_of(event: Event) -> str:
    """Return the kind under which an event is listed: "message_received", "unknown:reaction"."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    return f"{name}:{event.name}" if isinstance(event, Unknown) else name
