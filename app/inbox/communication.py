"""What passed between the business and its contacts, on any channel: one line per message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.inbox.pages import PAGE, Page, Place
from app.models import CommunicationLog, Message
from app.models.states import MessageStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_NOT_SENT = (MessageStatus.FAILED, MessageStatus.DISCARDED)


def listed(
    session: Session,
    workspace_id: int,
    *,
    contact_id: int | None = None,
    channel: str | None = None,
    since: datetime | None = None,
    before: Place | None = None,
    limit: int = PAGE,
) -> Page[CommunicationLog]:
    """Return lines, the latest first. A place is a time in microseconds and an id.

    A message that failed or was discarded has not passed; it comes back when it is sent again.
    """
    log = CommunicationLog
    unsent = select(Message.id).where(Message.id == log.message_id, Message.status.in_(_NOT_SENT))
    query = select(log).where(log.workspace_id == workspace_id, ~unsent.exists())
    if contact_id is not None:
        query = query.where(log.contact_id == contact_id)
    if channel is not None:
        query = query.where(log.channel == channel)
    if since is not None:
        query = query.where(log.occurred_at >= since)
    if before is not None:
        end = _moment(before.position_at)
        # The first condition alone is what an index that ends with the time can use.
        query = query.where(log.occurred_at <= end)
        query = query.where(tuple_(log.occurred_at, log.id) < (end, before.id))
    query = query.order_by(log.occurred_at.desc(), log.id.desc())
    rows = session.scalars(query.limit(limit + 1)).all()
    return Page(rows[:limit], place_of(rows[limit - 1]) if len(rows) > limit else None)


def place_of(line: CommunicationLog) -> Place:
    """Return the place of a line, for the page that follows it."""
    return Place((line.occurred_at - _EPOCH) // _MICROSECOND, line.id)


def _moment(microseconds: int) -> datetime:
    """Return the time of a place; one beyond the calendar is its end."""
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return _LAST if microseconds > 0 else _EPOCH
