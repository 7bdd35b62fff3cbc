"""Items that wait in their events: parked, or left by a batch that failed or was too long."""

from __future__ import annotations

from typing import NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.channels.body import Unreadable
from app.channels.events import Unknown
from app.inbox.ingest import Arrival
from app.inbox.unpack import Body, bodies_of, items_in
from app.models import ExternalEvent
from app.models.events import EVENT_IS_OPEN

NO_ITEM = Unknown(account="", person=None, occurred_at=None, name="no item", visible=False)
"""What stands for a body that holds no item when it is replayed."""

log = structlog.get_logger()


class Due(NamedTuple):
    """Items read again from their bodies, and those that a mistake of ours keeps from that."""

    items: list[Arrival]
    mistaken: list[tuple[Arrival, Exception]]


def due(session: Session, most: int) -> Due:
    """Return the oldest due items; at most as many as ``most``."""
    events = session.execute(
        select(ExternalEvent.id, ExternalEvent.log_id, ExternalEvent.position)
        .where(EVENT_IS_OPEN, ExternalEvent.next_try_at <= clock.now())
        .order_by(ExternalEvent.id)
        .limit(most)
    ).all()
    found = Due([], [])
    if not events:
        return found
    bodies = {one.id: one for one in bodies_of(session, {one.log_id for one in events})}
    read = {log_id: _read(one) for log_id, one in bodies.items()}
    for event_id, log_id, position in events:
        items, nothing = read[log_id], _nothing(bodies[log_id])
        if isinstance(items, Exception):
            nothing.event_id = event_id
            found.mistaken.append((nothing, items))
            continue
        item = items.get(position, nothing)
        item.event_id = event_id
        found.items.append(item)
    return found


def _read(one: Body) -> dict[int, Arrival] | Exception:
    """Return the items of a body by their positions, or our mistake: it holds up no other body."""
    try:
        return {item.position: item for item in items_in(one)}
    except Unreadable:
        return {}
    except Exception as mistake:
        log.exception("body_not_read_again", log_id=one.id)
        return mistake


def _nothing(body: Body) -> Arrival:
    return Arrival(
        log_id=body.id,
        position=0,
        path="",
        channel=None,
        key="",
        event=NO_ITEM,
        verified_by=body.verified_by,
        received_at=body.received_at,
    )
