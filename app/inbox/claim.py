"""Taking what is due from the outbox, in the order of each conversation."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from app import clock
from app.models import Delivery
from app.models.outbox import DELIVERY_IS_QUEUED
from app.models.states import DeliveryState

UNCONFIRMED_BLOCKS = timedelta(seconds=60)
"""How long after its call began an unconfirmed delivery holds up the ones behind it."""


def claim(session: Session, limit: int, claimed_by: str) -> list[int]:
    """Take up to ``limit`` due deliveries and return their ids, oldest first.

    A delivery waits for the earlier ones of its conversation: queued, held, claimed and sending
    ones block, unconfirmed ones for a minute; failed and discarded ones do not.
    """
    now = clock.now()
    due = session.scalars(_due(now).limit(limit)).all()
    if not due:
        return []
    take = update(Delivery).where(Delivery.id.in_(due), Delivery.state == DeliveryState.QUEUED)
    taken = session.scalars(
        take.values(state=DeliveryState.CLAIMED, claimed_at=now, claimed_by=claimed_by).returning(
            Delivery.id
        ),
        execution_options={"synchronize_session": False},
    )
    return sorted(taken)


def is_due(session: Session) -> bool:
    """Say whether anything could be claimed now."""
    return session.scalar(_due(clock.now()).limit(1)) is not None


def _due(now: datetime) -> Select[int]:
    earlier = aliased(Delivery)
    blocks = or_(
        earlier.state.in_(
            [
                DeliveryState.QUEUED,
                DeliveryState.HELD,
                DeliveryState.CLAIMED,
                DeliveryState.SENDING,
            ]
        ),
        and_(
            earlier.state == DeliveryState.UNCONFIRMED,
            earlier.sending_at > now - UNCONFIRMED_BLOCKS,
        ),
    )
    return (
        select(Delivery.id)
        .where(
            DELIVERY_IS_QUEUED,
            Delivery.next_try_at <= now,
            ~exists().where(
                earlier.conversation_id == Delivery.conversation_id,
                earlier.id < Delivery.id,
                blocks,
            ),
        )
        .order_by(Delivery.id)
    )
