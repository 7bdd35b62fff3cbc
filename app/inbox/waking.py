"""Ending snoozes whose time has come: open again, and unread, so that somebody looks."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Select, case, select, update
from sqlalchemy.orm import Session

from app import clock
from app.inbox.counters import count_unread
from app.inbox.versions import raise_workspaces
from app.models import Conversation
from app.models.states import ConversationStatus
from app.models.threads import IS_SNOOZED

BATCH = 500


def is_due(session: Session) -> bool:
    """Say whether the time of any snoozed conversation has come."""
    return session.scalar(_due(clock.now()).limit(1)) is not None


def wake(session: Session) -> int:
    """Open up to 500 snoozed conversations whose time has come; return how many.

    Those that somebody works on at this moment are left for the next look.
    """
    due = _due(clock.now()).order_by(Conversation.id).limit(BATCH)
    found = session.scalars(due.with_for_update(skip_locked=True)).all()
    if not found:
        return 0
    session.execute(
        update(Conversation)
        .where(Conversation.id.in_([one.id for one in found]))
        .values(
            status=ConversationStatus.OPEN,
            snoozed_until=None,
            unread_count=case((Conversation.unread_count == 0, 1), else_=Conversation.unread_count),
            version=Conversation.version + 1,
        ),
        execution_options={"synchronize_session": False},
    )
    newly = [one for one in found if not one.unread_count]
    count_unread(session, Counter((one.workspace_id, one.channel) for one in newly))
    raise_workspaces(session, {one.workspace_id for one in found})
    return len(found)


def _due(now: datetime) -> Select[Conversation]:
    return select(Conversation).where(IS_SNOOZED, Conversation.snoozed_until <= now)
