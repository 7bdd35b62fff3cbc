"""What is known of messages of which nobody knows whether they were sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from app.inbox.claim import UNCONFIRMED_BLOCKS
from app.models import Delivery, DeliveryAttempt, DeliveryStep, Message
from app.models.states import MessageStatus, StepKind

LOOKED = (StepKind.ABSENT, StepKind.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is known of one such message.

    ``is_asked``: the minute in which evidence was waited for is over, and a person is asked.
    ``took`` is how long Meta was waited for, None where nobody was left to wait.
    ``http_status`` is that of an answer that said nothing certain. ``looked_at`` is when the
    conversation was last read at Meta's, ``was_read`` whether that worked.
    """

    is_asked: bool
    took: timedelta | None
    http_status: int | None
    looked_at: datetime | None
    was_read: bool


def doubts(session: Session, messages: Iterable[Message], now: datetime) -> dict[int, Doubt]:
    """Return what is known of those of ``messages`` that are unconfirmed, by id.

    One statement, and none where there are no such messages.
    """
    wanted = [one.id for one in messages if one.status == MessageStatus.UNCONFIRMED]
    if not wanted:
        return {}
    step = aliased(DeliveryStep)
    looks = select(func.max(step.id)).where(
        step.delivery_id == Delivery.id, step.kind.in_(LOOKED), step.at >= Delivery.sending_at
    )
    query = (
        select(Delivery, DeliveryAttempt, DeliveryStep)
        .outerjoin(
            DeliveryAttempt,
            and_(
                DeliveryAttempt.delivery_id == Delivery.id,
                DeliveryAttempt.number == Delivery.attempts,
            ),
        )
        .outerjoin(DeliveryStep, DeliveryStep.id == looks.correlate(Delivery).scalar_subquery())
        .where(Delivery.message_id.in_(wanted))
    )
    return {row[0].message_id: _doubt(*row, now) for row in session.execute(query)}


def _doubt(
    delivery: Delivery, attempt: DeliveryAttempt | None, look: DeliveryStep | None, now: datetime
) -> Doubt:
    began, waited = delivery.sending_at, attempt.duration_ms if attempt else None
    return Doubt(
        is_asked=began is None or began + UNCONFIRMED_BLOCKS <= now,
        took=None if waited is None else timedelta(milliseconds=waited),
        http_status=attempt.http_status if attempt else None,
        looked_at=look.at if look else None,
        was_read=look is not None and look.kind == StepKind.ABSENT,
    )
