"""Items that wait in their events: parked, or left by a batch that failed or was too long."""

from __future__ import annotations

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


def due(session: Session, most: int) -> list[Arrival]:
    """Return the oldest due items, read again from their bodies; at most as many as ``most``."""
    events = session.execute(
        select(ExternalEvent.id, ExternalEvent.log_id, ExternalEvent.position)
        .where(EVENT_IS_OPEN, ExternalEvent.next_try_at <= clock.now())
        .order_by(ExternalEvent.id)
        .limit(most)
    ).all()
    if not events:
        return []
    bodies = {body.id: body for body in bodies_of(session, {one.log_id for one in events})}
    items = {(one.log_id, one.position): one for body in bodies.values() for one in _items(body)}
    found = []
    for one in events:
        item = items.get((one.log_id, one.position)) or _nothing(bodies[one.log_id])
        item.event_id = one.id
        found.append(item)
    return found


def _items(body: Body) -> list[Arrival]:
    try:
        return items_in(body)
    except Unreadable:
        return []


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
