"""Reading the log of events, and having items applied again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import Session

from app import clock
from app.channels import body
from app.inbox.errors import NotFound
from app.inbox.unpack import unpack_again
from app.models import ExternalEvent, ExternalEventLog
from app.models.states import Outcome

REPLAYABLE = (Outcome.PARKED, Outcome.FAILED, Outcome.IGNORED, Outcome.UNROUTABLE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item with what is known of its delivery.

    ``received_count`` is how often Meta delivered the body it stood in.
    """

    event: ExternalEvent
    received_at: datetime
    last_received_at: datetime
    received_count: int


def entries(
    session: Session,
    workspace_id: int | None,
    *,
    outcome: str | None = None,
    since: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Return items of a workspace, newest first; None is the operator's view of all others.

    "duplicate" also finds items whose whole body came more than once.
    """
    query = _entries(workspace_id)
    if outcome is not None:
        query = query.where(_has_outcome(outcome))
    if since is not None:
        query = query.where(ExternalEvent.created_at >= since)
    if before_id is not None:
        query = query.where(ExternalEvent.id < before_id)
    rows = session.execute(query.order_by(ExternalEvent.id.desc()).limit(limit))
    return [Entry(*row) for row in rows]


def entry(session: Session, workspace_id: int | None, event_id: int) -> Entry:
    """Return one item of a workspace. Raises :class:`NotFound`."""
    row = session.execute(_entries(workspace_id).where(ExternalEvent.id == event_id)).first()
    if row is None:
        raise NotFound
    return Entry(*row)


def raw_item(session: Session, event: ExternalEvent) -> object:
    """Return the item itself as Meta sent it, and nothing else of its body; None if unreadable."""
    raw = session.scalar(select(ExternalEventLog.body).where(ExternalEventLog.id == event.log_id))
    try:
        return body.item_at(body.read(raw or b""), event.path)
    except (body.Unreadable, LookupError):
        return None


def newest(session: Session, *, outcome: str | None, limit: int) -> list[ExternalEvent]:
    """Return the newest items of the whole installation; ``outcome`` as in :func:`entries`."""
    query = select(ExternalEvent).join(
        ExternalEventLog, ExternalEvent.log_id == ExternalEventLog.id
    )
    query = query.order_by(ExternalEvent.id.desc()).limit(limit)
    if outcome is not None:
        query = query.where(_has_outcome(outcome))
    return list(session.scalars(query))


def replay(session: Session, event_ids: Collection[int], workspace_id: int | None = None) -> int:
    """Have items applied again and return how many that will be.

    Applied ones are left alone: nothing would come of it. ``workspace_id`` keeps to one
    workspace's items.
    """
    unpacked = unpack_again(session, event_ids) if workspace_id is None else 0
    again = update(ExternalEvent).where(
        ExternalEvent.id.in_(event_ids), ExternalEvent.outcome.in_(REPLAYABLE)
    )
    if workspace_id is not None:
        again = again.where(ExternalEvent.workspace_id == workspace_id)
    changed = session.execute(
        again.values(outcome=Outcome.PENDING, attempts=0, next_try_at=clock.now(), settled_at=None),
        execution_options={"synchronize_session": False},
    )
    return unpacked + changed.rowcount  # type: ignore[attr-defined,no-any-return]


def _has_outcome(outcome: str) -> ColumnElement[bool]:
    same = ExternalEvent.outcome == outcome
    return same if outcome != Outcome.DUPLICATE else or_(same, ExternalEventLog.received_count > 1)


def _entries(
    workspace_id: int | None,
) -> Select[ExternalEvent, datetime, datetime, int]:
    columns = select(
        ExternalEvent,
        ExternalEventLog.received_at,
        ExternalEventLog.last_received_at,
        ExternalEventLog.received_count,
    )
    mine = (
        ExternalEvent.workspace_id.is_(None)
        if workspace_id is None
        else ExternalEvent.workspace_id == workspace_id
    )
    return columns.join(ExternalEventLog, ExternalEvent.log_id == ExternalEventLog.id).where(mine)
