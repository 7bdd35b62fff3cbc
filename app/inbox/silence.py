"""Accounts from which nothing comes any more, though at this time of day it usually does.

Each account is compared with its own past: at the same time, on the same weekday and on most of
the seven days before, so and so many messages came. Nights and quiet week-ends are like the
nights and week-ends before; a quiet account is never missed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.orm import Session

from app import clock
from app.models import ChannelAccount, ExternalEvent, Integration, Message
from app.models.states import Direction

SHORTEST, LONGEST = timedelta(minutes=30), timedelta(days=7)
"""A shorter silence is none; a longer one is the new habit."""
BUSY = 10
"""So many messages in the span of the silence, of its last DAY at most, make a busy day."""
BUSY_DAYS = 5
"""So many of seven days, the same weekday among them, were busy."""
DAY, WEEK = timedelta(days=1), 7
MOST_ACCOUNTS = 50
"""So many accounts are looked at, those that fell silent last."""


class Silent(NamedTuple):
    """An account from which nothing came since."""

    account_id: int
    workspace_id: int
    name: str
    since: datetime


def silent_accounts(session: Session) -> list[Silent]:
    """Return the connected accounts that are silent against their habit."""
    now = clock.now()
    return [one for one in _quiet(session, now) if _is_usually_busy(session, one, now)]


def _quiet(session: Session, now: datetime) -> list[Silent]:
    """Return accounts from which nothing came for a while, whatever their habit is."""
    last = (
        select(ExternalEvent.created_at)
        .where(ExternalEvent.account_id == ChannelAccount.id)
        .order_by(ExternalEvent.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("last")
    )
    known = (
        select(
            ChannelAccount.id,
            ChannelAccount.workspace_id,
            ChannelAccount.name,
            ChannelAccount.external_id,
            last,
        )
        .join(ChannelAccount.integration)
        .where(Integration.is_enabled, Integration.deleted_at.is_(None))
        .subquery()
    )
    quiet = (
        select(known)
        .where(known.c.last < now - SHORTEST, known.c.last > now - LONGEST)
        .order_by(known.c.last.desc())
        .limit(MOST_ACCOUNTS)
    )
    return [
        Silent(row.id, row.workspace_id, row.name or row.external_id, row.last)
        for row in session.execute(quiet)
    ]


def _is_usually_busy(session: Session, one: Silent, now: datetime) -> bool:
    """Compare with the last seven days, or with the seven before if it is silent for long."""
    begin, skipped = max(one.since, now - DAY), WEEK if now - one.since > DAY else 0
    days = range(skipped + 1, skipped + WEEK + 1)
    busy = session.execute(select(*(_is_busy(one.account_id, begin, now, n) for n in days))).one()
    return bool(busy[-1]) and sum(map(bool, busy)) >= BUSY_DAYS


def _is_busy(account_id: int, begin: datetime, end: datetime, days: int) -> ColumnElement[bool]:
    """Say whether enough came in the same span so many days ago; few rows are looked at."""
    first, last = (clock.milliseconds(at - timedelta(days=days)) for at in (begin, end))
    enough: ScalarSelect[int] = (
        select(Message.id)
        .where(
            Message.account_id == account_id,
            Message.position_at > first,
            Message.position_at <= last,
            Message.direction == Direction.INBOUND,
        )
        .order_by(Message.position_at)
        .offset(BUSY - 1)
        .limit(1)
        .scalar_subquery()
    )
    return enough.is_not(None)
