"""How the sending of one message went: its delivery, every try, and what else happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.inbox.errors import NotFound
from app.models import Delivery, DeliveryAttempt, DeliveryStep, Message

MOST = 50
"""Tries and steps that are shown, the latest; a person may retry as often as they like."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The sending of one message, oldest first."""

    message: Message
    delivery: Delivery
    attempts: Sequence[DeliveryAttempt]
    steps: Sequence[DeliveryStep]


def timeline(
    session: Session, workspace_id: int, message_id: int, conversation_id: int | None = None
) -> Timeline:
    """Return how the sending of a message of the workspace went.

    Raises :class:`NotFound`, also where the message was not sent by us, and where it is not in
    the conversation that is named.
    """
    found = session.scalar(
        select(Delivery)
        .join(Delivery.message)
        .where(Delivery.workspace_id == workspace_id, Delivery.message_id == message_id)
        .options(joinedload(Delivery.message).joinedload(Message.author))
    )
    if found is None or conversation_id not in (None, found.conversation_id):
        raise NotFound
    attempts = session.scalars(
        select(DeliveryAttempt)
        .where(DeliveryAttempt.delivery_id == found.id)
        .order_by(DeliveryAttempt.number.desc())
        .limit(MOST)
    ).all()
    steps = session.scalars(
        select(DeliveryStep)
        .where(DeliveryStep.delivery_id == found.id)
        .options(joinedload(DeliveryStep.user))
        .order_by(DeliveryStep.id.desc())
        .limit(MOST)
    ).all()
    return Timeline(found.message, found, attempts[::-1], steps[::-1])
