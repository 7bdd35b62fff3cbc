"""What should have been done by now, and still waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.models import Delivery, ExternalEvent, ExternalEventLog
from app.models.events import EVENT_IS_OPEN, LOG_IS_PENDING
from app.models.outbox import DELIVERY_IS_QUEUED, EARLIER_IS_OPEN
from app.models.states import DeliveryState

CAP = 1_000
"""So much is counted at most."""
_BLOCKS = (
    DeliveryState.QUEUED,
    DeliveryState.HELD,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
)


@dataclass(frozen=True, slots=True)
class Late:
    """What waits in a workspace, or in none that is known: how much, and since when."""

    workspace_id: int | None
    count: int
    since: datetime


def bodies(session: Session, edge: datetime) -> list[Late]:
    """Return the webhook bodies that were received before ``edge`` and not unpacked."""
    some = (
        select(ExternalEventLog.received_at.label("at"))
        .where(LOG_IS_PENDING, ExternalEventLog.received_at < edge)
        .order_by(ExternalEventLog.id)
        .limit(CAP)
        .subquery()
    )
    count, since = session.execute(select(func.count(), func.min(some.c.at))).one()
    return [Late(None, count, since)] if count else []


def items(session: Session, edge: datetime) -> Sequence[Late]:
    """Return the items that were due to be applied, or tried again, before ``edge``."""
    some = (
        select(ExternalEvent.workspace_id, ExternalEvent.next_try_at.label("at"))
        .where(EVENT_IS_OPEN, ExternalEvent.next_try_at < edge)
        .order_by(ExternalEvent.id)
        .limit(CAP)
    )
    return _by_workspace(session, some)


def answers(session: Session, edge: datetime) -> Sequence[Late]:
    """Return the answers that were due before ``edge``, and wait for no earlier one."""
    earlier = aliased(Delivery, name="earlier")
    first = select(func.min(earlier.id)).where(
        earlier.conversation_id == Delivery.conversation_id,
        EARLIER_IS_OPEN,
        earlier.state.in_(_BLOCKS),
    )
    is_first = Delivery.id == first.scalar_subquery()
    some = (
        select(Delivery.workspace_id, Delivery.next_try_at.label("at"))
        .where(DELIVERY_IS_QUEUED, Delivery.next_try_at < edge, is_first)
        .limit(CAP)
    )
    return _by_workspace(session, some)


def _by_workspace(session: Session, some: Select[int | None, datetime | None]) -> list[Late]:
    inner = some.subquery()
    counted = select(inner.c.workspace_id, func.count(), func.min(inner.c.at))
    return [Late(*row) for row in session.execute(counted.group_by(inner.c.workspace_id))]
