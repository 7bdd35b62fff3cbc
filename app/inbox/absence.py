"""Whether Inlet was away: since when no web server of it gave a sign of life."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.inbox import beats, repair
from app.models import ExternalEventLog, ProcessBeat

WEB = "web"
"""The kind of process that takes webhooks."""
AWAY = timedelta(minutes=3)
"""Shorter absences are bridged by Meta, which delivers again what got no answer."""

log = structlog.get_logger()


def appear(session: Session, name: str, started_at: datetime) -> None:
    """Give a web server's sign of life; the first one after an absence asks for repairs."""
    seen = _last_seen(session)
    if seen is not None and clock.now() - seen > AWAY:
        log.warning("was_away", since=seen.isoformat(), repairs=repair.ask_all(session, seen))
    beats.beat(session, name, WEB, started_at)


def _last_seen(session: Session) -> datetime | None:
    """Return when Inlet last took webhooks, as far as that is known."""
    beat = select(func.max(ProcessBeat.seen_at)).where(ProcessBeat.kind == WEB)
    newest = (
        select(ExternalEventLog.received_at)
        .where(ExternalEventLog.source == "webhook")
        .order_by(ExternalEventLog.id.desc())
        .limit(1)
    )
    return session.scalar(beat) or session.scalar(newest)
