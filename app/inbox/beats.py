"""Signs of life of the processes behind the web server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Executable, delete, func, select
from sqlalchemy.orm import Session

from app import clock
from app.models import ProcessBeat
from app.models.bulk import Insert, insert_rows
from app.version import VERSION

INTERVAL = timedelta(seconds=10)
"""How often a process gives a sign."""
STALE = timedelta(seconds=30)
"""A process that gave none for so long is not seen."""
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Alive:
    """One kind of process: how many are seen, and when one was seen last (None: never)."""

    kind: str
    count: int
    seen_at: datetime | None


def beat(session: Session, name: str, kind: str, started_at: datetime) -> None:
    """Write that the process ``name`` lives, and forget those not seen for a day."""
    now = clock.now()
    row = {
        "name": name,
        "kind": kind,
        "version": VERSION,
        "started_at": started_at,
        "seen_at": now,
    }
    insert_rows(session, ProcessBeat, [row], _renewed)
    session.execute(delete(ProcessBeat).where(ProcessBeat.seen_at < now - FORGOTTEN))


def end(session: Session, name: str) -> None:
    """Forget a process that ends as it was told to."""
    session.execute(delete(ProcessBeat).where(ProcessBeat.name == name))


def alive(session: Session, kind: str) -> Alive:
    """Return how many processes of a kind are seen."""
    query = select(ProcessBeat.seen_at).where(ProcessBeat.kind == kind)
    seen = list(session.scalars(query))
    edge = clock.now() - STALE
    return Alive(kind, sum(moment > edge for moment in seen), max(seen, default=None))


def last_seen(session: Session) -> dict[str, datetime]:
    """Return when a process of each kind was seen last; kinds that never were are left out."""
    query = select(ProcessBeat.kind, func.max(ProcessBeat.seen_at).label("seen_at"))
    query = query.group_by(ProcessBeat.kind)
    return {row.kind: row.seen_at for row in session.execute(query)}


def _renewed(insert: Insert) -> Executable:
    fresh = {name: insert.excluded[name] for name in ("kind", "version", "started_at", "seen_at")}
    return insert.on_conflict_do_update(index_elements=[ProcessBeat.name], set_=fresh)
