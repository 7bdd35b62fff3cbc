"""From stored webhook bodies to items: every item becomes one ExternalEvent."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, func, select, type_coerce, update
from sqlalchemy.orm import Session

from app import clock
from app.channels import body, registry
from app.channels.events import Event, Unknown
from app.models import ExternalEvent, ExternalEventLog
from app.models.bulk import ids, insert_rows
from app.models.events import LOG_IS_PENDING
from app.models.states import LogState, Outcome

MAX_BODIES = 500
MAX_BYTES = 8_000_000


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
    says why.
    """
    logs = _oldest_pending(session)
    found: Items = {}
    records: list[dict[str, Any]] = []
    for log_id, raw in logs:
        try:
            items = items_in(raw)
        except body.Unreadable as problem:
            records.append(_ignored(log_id, "unreadable", problem.reason))
            continue
        if not items:
            records.append(_ignored(log_id, "empty", "the body holds no item"))
        for position, item in enumerate(items):
            found[log_id, position] = item
            records.append(_pending(log_id, position, item))
    if records:
        insert = insert_rows(session, ExternalEvent, records)
        session.execute(insert.on_conflict_do_nothing())
    if logs:
        these = ExternalEventLog.id.in_(ids(session, (log_id for log_id, _ in logs)))
        session.execute(
            update(ExternalEventLog).where(these).values(state=LogState.UNPACKED),
            execution_options={"synchronize_session": False},
        )
    return found


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
    bodies = (
        select(ExternalEventLog.id, ExternalEventLog.body)
        .where(ExternalEventLog.id.in_(ids(session, chosen)))
        .order_by(ExternalEventLog.id)
    )
    return [(row.id, row.body) for row in session.execute(bodies)]


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


def _ignored(log_id: int, kind: str, reason: str) -> dict[str, Any]:
    settled = _record(log_id, 0, Outcome.IGNORED)
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
