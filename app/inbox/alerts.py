"""What people must hear of before customers notice.

A handful of bounded questions for the whole installation at a time; who looks is shown what
concerns them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.inbox import beats, late, refused_webhooks, silence
from app.inbox.permissions import Permission
from app.inbox.spool.folder import State
from app.models import ExternalEvent
from app.models.states import Outcome

LATE, STUCK = timedelta(seconds=30), timedelta(minutes=10)
"""What waits longer to be applied is late, and after that something is broken."""
LATE_ANSWER = timedelta(seconds=60)
DISK_LOW, DISK_FULL = 0.10, 0.03
"""The free part of the disk."""
FAILED_FOR = timedelta(days=1)
CAP = 1_000
"""So many failed items are counted at most."""


class Kind(StrEnum):
    """What may be wrong; the words are those of /metrics."""

    WEBHOOKS_LATE = "webhooks_late"
    ITEMS_LATE = "items_late"
    ANSWERS_LATE = "answers_late"
    WEBHOOKS_REFUSED = "webhooks_refused"
    WEBHOOKS_UNSIGNED = "webhooks_unsigned"
    WEBHOOKS_SILENT = "webhooks_silent"
    ITEMS_FAILED = "items_failed"
    SPOOL_IN_USE = "spool_in_use"
    SPOOL_DAMAGED = "spool_damaged"
    WORKER_MISSING = "worker_missing"
    SWEEP_MISSING = "sweep_missing"
    DISK_LOW = "disk_low"


REFUSALS = frozenset({Kind.WEBHOOKS_REFUSED, Kind.WEBHOOKS_UNSIGNED})
"""What may be wrong with webhooks that are refused."""
CONCERNS = {
    Kind.WEBHOOKS_LATE: Permission.READ_INBOX,
    Kind.ITEMS_LATE: Permission.READ_INBOX,
    Kind.ANSWERS_LATE: Permission.READ_INBOX,
    Kind.WEBHOOKS_REFUSED: Permission.SEE_HEALTH,
    Kind.WEBHOOKS_UNSIGNED: Permission.SEE_HEALTH,
    Kind.WEBHOOKS_SILENT: Permission.SEE_HEALTH,
    Kind.ITEMS_FAILED: Permission.REPLAY_EVENTS,
    Kind.SPOOL_IN_USE: Permission.OPERATE,
    Kind.SPOOL_DAMAGED: Permission.OPERATE,
    Kind.WORKER_MISSING: Permission.OPERATE,
    Kind.SWEEP_MISSING: Permission.OPERATE,
    Kind.DISK_LOW: Permission.OPERATE,
}
"""Whom each kind concerns: those who may do this."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something is wrong, since when, and with how many things.

    ``workspace_id`` is None for what is the installation's. ``name`` is an account's.
    """

    kind: Kind
    is_urgent: bool
    since: datetime | None = None
    count: int = 0
    workspace_id: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What no database knows: the spool, the free part of the disk, and since when this one runs.

    A process that nobody has seen is missed only after this one has run for a while.
    """

    spool: State
    free_disk: float
    up_since: datetime


def alerts(session: Session, around: Surroundings) -> list[Alert]:
    """Return all that is wrong in the installation, what is urgent first."""
    found = [
        *_late(session),
        *_refused(session),
        *_missing(session, around.up_since),
        *(_silent(one) for one in silence.silent_accounts(session)),
        *_failed(session),
        *outside_alerts(around),
    ]
    return sorted(found, key=lambda one: not one.is_urgent)


def outside_alerts(around: Surroundings) -> list[Alert]:
    """Return what is wrong outside the database: all that can be said while it is away."""
    found, spool = [], around.spool
    if spool.count:
        found.append(Alert(Kind.SPOOL_IN_USE, is_filling(spool), spool.since, spool.count))
    if spool.damaged:
        found.append(Alert(Kind.SPOOL_DAMAGED, is_urgent=False, count=spool.damaged))
    if around.free_disk < DISK_LOW:
        found.append(Alert(Kind.DISK_LOW, around.free_disk < DISK_FULL))
    return found


def is_filling(spool: State) -> bool:
    """Say whether more than half of the spool is full."""
    return spool.size > spool.limit / 2


def _late(session: Session) -> list[Alert]:
    now = clock.now()
    heaps = [
        (Kind.WEBHOOKS_LATE, late.bodies(session, now - LATE)),
        (Kind.ITEMS_LATE, late.items(session, now - LATE)),
        (Kind.ANSWERS_LATE, late.answers(session, now - LATE_ANSWER)),
    ]
    return [
        Alert(kind, now - one.since > STUCK, one.since, one.count, one.workspace_id)
        for kind, found in heaps
        for one in found
    ]


def _refused(session: Session) -> list[Alert]:
    found = refused_webhooks.refused(session)
    if found is None:
        return []
    told = []
    if found.outweighs or found.lasts:
        told.append(Alert(Kind.WEBHOOKS_REFUSED, found.outweighs, count=found.wrong))
    if found.is_unsigned:
        told.append(Alert(Kind.WEBHOOKS_UNSIGNED, is_urgent=False, count=found.unsigned))
    return told


def _missing(session: Session, up_since: datetime) -> list[Alert]:
    edge, seen = clock.now() - beats.STALE, beats.last_seen(session)
    kinds = {"worker": Kind.WORKER_MISSING, "sweep": Kind.SWEEP_MISSING}
    since = {kind: max(seen.get(name, up_since), up_since) for name, kind in kinds.items()}
    return [
        Alert(kind, kind == Kind.SWEEP_MISSING or all(at < edge for at in since.values()), at)
        for kind, at in since.items()
        if at < edge
    ]


def _silent(one: silence.Silent) -> Alert:
    return Alert(
        Kind.WEBHOOKS_SILENT,
        is_urgent=False,
        since=one.since,
        workspace_id=one.workspace_id,
        name=one.name,
    )


def _failed(session: Session) -> list[Alert]:
    """Say which workspaces have items of the last day that nothing will try again."""
    newest = (
        select(ExternalEvent.workspace_id, ExternalEvent.created_at)
        .where(ExternalEvent.outcome == Outcome.FAILED)
        .order_by(ExternalEvent.outcome.desc(), ExternalEvent.id.desc())
        .limit(CAP)
        .subquery()
    )
    counted = (
        select(newest.c.workspace_id, func.count(), func.min(newest.c.created_at))
        .where(newest.c.created_at > clock.now() - FAILED_FOR)
        .group_by(newest.c.workspace_id)
    )
    return [
        Alert(Kind.ITEMS_FAILED, is_urgent=False, since=at, count=count, workspace_id=place)
        for place, count, at in session.execute(counted)
    ]
