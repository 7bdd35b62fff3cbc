"""Since when a customer waits, told anew from the messages."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.models import Conversation, Message
from app.models.states import Direction, MessageStatus

UNANSWERED = (MessageStatus.FAILED, MessageStatus.DISCARDED)
"""What became of an answer that the customer never got."""


def tell_anew(session: Session, conversation_id: int) -> None:
    """Let the customer wait since their first message that no answer came after, if there is one.

    The caller has locked the conversation.
    """
    here = Message.conversation_id == conversation_id
    answered = (
        select(func.max(Message.position_at))
        .where(here, Message.direction != Direction.INBOUND, Message.status.not_in(UNANSWERED))
        .scalar_subquery()
    )
    first = session.execute(
        select(Message.provider_at, Message.received_at)
        .where(
            here,
            Message.direction == Direction.INBOUND,
            Message.position_at > func.coalesce(answered, 0),
        )
        .order_by(Message.position_at, Message.id)
        .limit(1)
    ).one_or_none()
    since = min(moment for moment in first if moment is not None) if first else None
    mine = update(Conversation).where(Conversation.id == conversation_id)
    session.execute(
        mine.values(waiting_since=since), execution_options={"synchronize_session": False}
    )
