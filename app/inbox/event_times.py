"""From a moment to a place in the log of events, without an index of times."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import ExternalEvent


def first_id_since(session: Session, moment: datetime) -> int:
    """Return the id at which items of ``moment`` and later begin.

    Ids grow with time, since one drain at a time makes them: some twenty looks at the primary
    key find the place among a million items.
    """
    first, last = select(func.min(ExternalEvent.id)), select(func.max(ExternalEvent.id))
    ends = session.execute(select(first.scalar_subquery(), last.scalar_subquery())).one()
    low, high = int(ends[0] or 0), int(ends[1] or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = session.execute(
            select(ExternalEvent.id, ExternalEvent.created_at)
            .where(ExternalEvent.id >= middle)
            .order_by(ExternalEvent.id)
            .limit(1)
        ).first()
        if row is None or row.created_at >= moment:
            high = middle
        else:
            low = row.id + 1
    return low
