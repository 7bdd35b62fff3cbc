"""Where an answer stands in its thread, whose other messages stand at Meta's times."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import Conversation, Message
from app.models.states import Direction

MOST_BEHIND = timedelta(minutes=2)
"""So far Meta's clock is believed to be behind ours; what is later was delivered late."""


def next_place(session: Session, conversation: Conversation, now: datetime) -> int:
    """Return the place of an answer that is written now, in milliseconds since the epoch.

    It comes after all that is there. As far as Meta's clock seems to be behind ours the place
    is earlier than now: else what the customer writes next would stand above the answer.
    """
    latest = (
        select(Message.received_at, Message.provider_at)
        .where(
            Message.conversation_id == conversation.id,
            Message.direction == Direction.INBOUND,
            Message.provider_at.is_not(None),
        )
        .order_by(Message.position_at.desc(), Message.id.desc())
        .limit(1)
    )
    row = session.execute(latest).first()
    behind = row.received_at - row.provider_at if row else timedelta()
    is_clock = timedelta() < behind <= MOST_BEHIND
    theirs = now - behind if is_clock else now
    return max(clock.milliseconds(theirs), conversation.position_at + 1)
