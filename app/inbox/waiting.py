"""Since when a customer waits, told anew from the messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Executable,
    FromClause,
    ScalarSelect,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.models import Conversation, Message
from app.models.base import BigId
from app.models.bulk import Columns, Row, ids, run_with_rows
from app.models.states import Direction, MessageStatus

UNANSWERED = (MessageStatus.FAILED, MessageStatus.DISCARDED)
"""What became of an answer that the customer never got."""
_ID: Columns = (("id", BigId),)


def tell_anew(session: Session, rows: Sequence[Row]) -> None:
    """Let customers wait since their first message that no answer came after, if there is one.

    ``rows`` hold the ids of their conversations, which the caller has locked.
    """
    run_with_rows(session, _told, _ID, rows)


def _told(given: FromClause) -> Executable:
    theirs = update(Conversation).where(Conversation.id.in_(ids(given)))
    return theirs.values(waiting_since=_since(Conversation.id))


def _since(conversation_id: InstrumentedAttribute[int]) -> ScalarSelect[datetime]:
    """Return since when the customer of a conversation waits."""
    first, answer = aliased(Message), aliased(Message)
    answered = (
        select(func.coalesce(func.max(answer.position_at), 0))
        .where(
            answer.conversation_id == conversation_id,
            answer.direction != Direction.INBOUND,
            answer.status.not_in(UNANSWERED),
        )
        .correlate_except(answer)
        .scalar_subquery()
    )
    is_ours_earlier = or_(first.provider_at.is_(None), first.provider_at > first.received_at)
    return (
        select(case((is_ours_earlier, first.received_at), else_=first.provider_at))
        .where(
            first.conversation_id == conversation_id,
            first.direction == Direction.INBOUND,
            first.position_at > answered,
        )
        .order_by(first.position_at, first.id)
        .limit(1)
        .correlate_except(first)
        .scalar_subquery()
    )
