"""Taking what is due from the outbox, in the order of each conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from app import clock
from app.inbox import pace
from app.models import ChannelAccount, Delivery, SendPace
from app.models.outbox import DELIVERY_IS_OPEN, DELIVERY_IS_QUEUED, EARLIER_IS_OPEN
from app.models.states import DeliveryState

UNCONFIRMED_BLOCKS = timedelta(seconds=60)
"""How long after its call began an unconfirmed delivery holds up the ones behind it."""


class Claimed(NamedTuple):
    """The ids of what was claimed; ``ready_at`` is when what was left for its pace may go."""

    delivery_ids: list[int]
    ready_at: datetime | None


def claim(session: Session, limit: int, claimed_by: str, rate: float | None = None) -> Claimed:
    """Take up to ``limit`` due deliveries, oldest first, as far as their accounts' pace allows.

    A delivery waits for the earlier ones of its conversation: queued, held, claimed and sending
    ones block, unconfirmed ones for a minute; failed and discarded ones do not. ``rate`` are
    messages a second and account, where it is another than the channel's limit.
    """
    now = clock.now()
    due = _waiting(session, now, limit)
    if pace.open_buckets(session, due, now, rate):
        due = _waiting(session, now, limit)
    if not due:
        return Claimed([], None)
    granted = pace.grant(session, due, now, rate)
    mine = Delivery.id.in_(granted.delivery_ids), Delivery.state == DeliveryState.QUEUED
    take = update(Delivery).where(*mine)
    taken = session.scalars(
        take.values(state=DeliveryState.CLAIMED, claimed_at=now, claimed_by=claimed_by).returning(
            Delivery.id
        ),
        execution_options={"synchronize_session": False},
    )
    return Claimed(sorted(taken), granted.ready_at)


def give_back(session: Session, claimed_by: str) -> None:
    """Queue again what a process that ends has claimed and not begun to send."""
    mine = Delivery.state == DeliveryState.CLAIMED, Delivery.claimed_by == claimed_by
    session.execute(
        update(Delivery)
        .where(DELIVERY_IS_OPEN, *mine)
        .values(state=DeliveryState.QUEUED, claimed_at=None, claimed_by=None),
        execution_options={"synchronize_session": False},
    )


def is_due(session: Session) -> bool:
    """Say whether anything could be claimed now."""
    return session.scalar(_due(clock.now()).limit(1)) is not None


def _waiting(session: Session, now: datetime, limit: int) -> list[pace.Due]:
    query = (
        _due(now)
        .join(ChannelAccount, ChannelAccount.id == Delivery.account_id)
        .limit(limit)
        .with_only_columns(
            Delivery.id,
            Delivery.account_id,
            ChannelAccount.channel,
            SendPace.tokens,
            SendPace.refilled_at,
            SendPace.usage,
            SendPace.usage_at,
        )
    )
    return [pace.Due(*row) for row in session.execute(query)]


def _due(now: datetime) -> Select[int]:
    earlier = aliased(Delivery, name="earlier")
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
    # Not as an anti-join: before the table's statistics know of a burst, PostgreSQL looks through
    # all that is open for each that is due.
    first = select(func.min(earlier.id)).where(
        earlier.conversation_id == Delivery.conversation_id, EARLIER_IS_OPEN, blocks
    )
    return (
        select(Delivery.id)
        .outerjoin(SendPace, pace.is_of(Delivery.account_id))
        .where(
            DELIVERY_IS_QUEUED,
            Delivery.next_try_at <= now,
            pace.is_not_paused(now),
            Delivery.id == first.scalar_subquery(),
        )
        .order_by(Delivery.id)
    )
