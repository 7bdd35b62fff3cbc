"""Freeing what a dead worker left behind: its claims, and sends whose answer nobody noted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from app import clock
from app.channels.faults import GraphFault
from app.inbox import attempts, settle
from app.models import Delivery
from app.models.outbox import DELIVERY_IS_OPEN
from app.models.states import DeliveryState

STALE_CLAIM = timedelta(seconds=15)
STALE_SENDING = timedelta(seconds=25)
"""Longer than any call to Meta takes (see app.channels.graph)."""


def is_stuck(session: Session) -> bool:
    """Say whether a dead worker left anything behind."""
    now = clock.now()
    stale = or_(
        and_(Delivery.state == DeliveryState.CLAIMED, Delivery.claimed_at < now - STALE_CLAIM),
        and_(Delivery.state == DeliveryState.SENDING, Delivery.sending_at < now - STALE_SENDING),
    )
    query = select(Delivery.id).where(DELIVERY_IS_OPEN, stale).limit(1)
    return session.scalar(query) is not None


def recover(session: Session) -> int:
    """Free what a dead worker left behind and return how many deliveries that were.

    A stale claim goes back to the queue: its call never began. A stale send becomes unconfirmed.
    """
    now = clock.now()
    stale = session.scalars(
        select(Delivery.id)
        .where(
            DELIVERY_IS_OPEN,
            Delivery.state == DeliveryState.SENDING,
            Delivery.sending_at < now - STALE_SENDING,
        )
        .order_by(Delivery.conversation_id)  # locked in the order in which the drain locks them
    ).all()
    lost = GraphFault("The worker stopped before Meta's answer was noted")
    for delivery_id in stale:
        delivery = settle.locked(session, Delivery.id == delivery_id)
        if delivery is None or delivery.state != DeliveryState.SENDING:
            continue
        attempts.close(session, delivery, "unconfirmed", lost)
        settle.leave_unconfirmed(session, delivery, lost)
    claims = update(Delivery).where(
        DELIVERY_IS_OPEN,
        Delivery.state == DeliveryState.CLAIMED,
        Delivery.claimed_at < now - STALE_CLAIM,
    )
    freed = session.execute(
        claims.values(state=DeliveryState.QUEUED, claimed_at=None, claimed_by=None),
        execution_options={"synchronize_session": False},
    )
    return len(stale) + freed.rowcount  # type: ignore[attr-defined,no-any-return]
