"""Answers that wait longer than their customer may be answered: they fail, and say why.

What waits may have to wait for long: for a pause that Meta asked for, or for a connection to be
mended. Nobody would look at its window before, so the sweep does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select
from sqlalchemy.orm import Session, contains_eager

from app import clock
from app.channels import registry
from app.channels.base import WindowPolicy
from app.channels.faults import GraphFault
from app.inbox import attempts, settle
from app.inbox.window import WindowState, window_for
from app.models import ChannelAccount, Conversation, Delivery, Integration, Message
from app.models.base import UtcDateTime
from app.models.outbox import DELIVERY_IS_OPEN
from app.models.states import DeliveryState
from app.models.together import together

BATCH = 200
CLOSED = GraphFault("The reply window closed while the message waited", code=10, subcode=2534022)

_WAITS = (DeliveryState.QUEUED, DeliveryState.HELD)
_CONNECTION = (
    contains_eager(Delivery.conversation)
    .joinedload(Conversation.account)
    .joinedload(ChannelAccount.integration)
)


def is_over(delivery: Delivery, at: datetime) -> bool:
    """Say whether the customer may not be answered any more by who wrote this message.

    A program may not once only people may. The conversation's integration is loaded.
    """
    state = window_for(delivery.conversation, at).state
    is_program = delivery.message.author_id is None
    return state == WindowState.CLOSED or (state == WindowState.HUMAN_AGENT and is_program)


def fail(session: Session, delivery: Delivery) -> None:
    """Let a delivery fail whose call never began, because its window has closed."""
    delivery.attempts += 1
    session.add(attempts.opened(delivery))
    attempts.close(session, delivery, "failed", CLOSED)
    settle.fail(session, delivery, CLOSED)


def due(session: Session) -> Sequence[int]:
    """Return the ids of up to 200 answers that wait, and whose windows have closed."""
    # Unordered: SQLite would go through the whole table in its order.
    return sorted(session.scalars(_expired(clock.now()).limit(BATCH)))


def expire(session: Session, delivery_ids: Collection[int]) -> int:
    """Let answers fail whose windows closed while they waited; return how many did."""
    now = clock.now()
    with together(session):
        locked = settle.all_locked(session, delivery_ids, options=(_CONNECTION,))
        over = [one for one in locked if one.state in _WAITS and is_over(one, now)]
        for delivery in over:
            fail(session, delivery)
    return len(over)


def _expired(now: datetime) -> Select[int]:
    """Select what waits and :func:`is_over`, of channels that there are."""
    opened = Conversation.window_opened_at
    may_be_late = func.coalesce(Integration.config["human_agent"].as_boolean(), False)
    is_program = Message.author_id.is_(None)
    return (
        select(Delivery.id)
        .join(Delivery.conversation)
        .join(Delivery.message)
        .join(Conversation.account)
        .outerjoin(ChannelAccount.integration)
        .where(
            DELIVERY_IS_OPEN,
            Delivery.state.in_(_WAITS),
            or_(opened.is_(None), opened <= _by_channel(now, _standard)),
            or_(opened.is_(None), ~may_be_late, is_program, opened <= _by_channel(now, _longest)),
        )
    )


def _standard(policy: WindowPolicy) -> timedelta:
    return policy.standard


def _longest(policy: WindowPolicy) -> timedelta:
    return policy.human or policy.standard


def _by_channel(now: datetime, length: Callable[[WindowPolicy], timedelta]) -> ColumnElement[Any]:
    """Return when a window of this length that closes now was opened, by the channel."""
    edges = {
        kind: literal(now - length(channel.window), UtcDateTime())
        for kind, channel in registry.CHANNELS.items()
    }
    return case(edges, value=Conversation.channel)
