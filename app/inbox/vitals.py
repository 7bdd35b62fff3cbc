"""How the installation does: the figures behind the health page and /metrics.

Every question here is bounded: it follows an index and stops at CAP rows, however long the
history is. ``workspace_id`` keeps to one workspace; None is the whole installation, which is the
operator's to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Subquery, func, select, text
from sqlalchemy.orm import Session

from app import clock
from app.models import (
    AccountAddress,
    ChannelAccount,
    Delivery,
    ExternalEvent,
    ExternalEventLog,
    WebhookRefusal,
)
from app.models.events import EVENT_IS_OPEN, LOG_IS_PENDING
from app.models.outbox import DELIVERY_IS_OPEN
from app.models.states import DeliveryState, Outcome

CAP = 10_000
"""So many rows are counted at most."""
DAY = timedelta(days=1)
UNSENT = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Heap:
    """How many things wait, CAP at most, and since when the oldest does."""

    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Database:
    """The database: its kind and version, its size in bytes, and the revision of its schema."""

    kind: str
    version: str
    size: int
    revision: str


def unprocessed_bodies(session: Session) -> Heap:
    """Return the stored webhook bodies that wait to be unpacked."""
    some = select(ExternalEventLog.received_at.label("at")).where(LOG_IS_PENDING)
    return _heap(session, some.order_by(ExternalEventLog.id).limit(CAP).subquery(), None)


def open_items(session: Session, workspace_id: int | None) -> Heap:
    """Return the items that wait to be applied, or to be tried again."""
    some = select(ExternalEvent.created_at.label("at"), ExternalEvent.workspace_id)
    some = some.where(EVENT_IS_OPEN).order_by(ExternalEvent.id).limit(CAP)
    return _heap(session, some.subquery(), workspace_id)


def unsent(session: Session, workspace_id: int | None) -> Heap:
    """Return the answers that are on their way: queued, or being sent."""
    some = select(Delivery.created_at.label("at"), Delivery.workspace_id, Delivery.state)
    open_ones = some.where(DELIVERY_IS_OPEN).limit(CAP).subquery()
    return _heap(session, open_ones, workspace_id, open_ones.c.state.in_(UNSENT))


def outcomes(session: Session, workspace_id: int | None) -> dict[str, int]:
    """Return how many of the newest CAP items of the last day had which outcome."""
    newest = select(ExternalEvent.outcome, ExternalEvent.created_at)
    if workspace_id is not None:
        newest = newest.where(ExternalEvent.workspace_id == workspace_id)
    inner = newest.order_by(ExternalEvent.id.desc()).limit(CAP).subquery()
    counted = (
        select(inner.c.outcome, func.count().label("number"))
        .where(inner.c.created_at > clock.now() - DAY)
        .group_by(inner.c.outcome)
    )
    return {row.outcome: row.number for row in session.execute(counted)}


def unroutable(session: Session, workspace_id: int | None) -> int:
    """Return how many items wait for an account, CAP at most.

    For a workspace: those that name one of its accounts, among the newest CAP.
    """
    newest = (
        select(ExternalEvent.channel, ExternalEvent.addressed_to)
        .where(ExternalEvent.outcome == Outcome.UNROUTABLE)
        .order_by(ExternalEvent.outcome.desc(), ExternalEvent.id.desc())
        .limit(CAP)
        .subquery()
    )
    query = select(func.count()).select_from(newest)
    if workspace_id is not None:
        query = query.where(
            select(AccountAddress.account_id)
            .join(ChannelAccount, AccountAddress.account_id == ChannelAccount.id)
            .where(
                ChannelAccount.workspace_id == workspace_id,
                AccountAddress.channel == newest.c.channel,
                AccountAddress.external_id == newest.c.addressed_to,
            )
            .exists()
        )
    return session.scalar(query) or 0


def refusals(session: Session) -> Mapping[str, int]:
    """Return how many webhooks were refused in the last day, by reason."""
    query = (
        select(WebhookRefusal.reason, func.sum(WebhookRefusal.count))
        .where(WebhookRefusal.hour > clock.now() - DAY)
        .group_by(WebhookRefusal.reason)
    )
    return {reason: int(count) for reason, count in session.execute(query)}


def database(session: Session) -> Database:
    """Return what is known of the database itself."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    query = _SQLITE if is_sqlite else _POSTGRESQL
    version, size, revision = session.execute(query).one()
    return Database("SQLite" if is_sqlite else "PostgreSQL", version, size, revision)


_SQLITE = text(
    "SELECT sqlite_version(), "
    "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()), "
    "(SELECT version_num FROM alembic_version)"
)
_POSTGRESQL = text(
    "SELECT current_setting('server_version'), pg_database_size(current_database()), "
    "(SELECT version_num FROM alembic_version)"
)


def _heap(
    session: Session, some: Subquery, workspace_id: int | None, *where: ColumnElement[bool]
) -> Heap:
    query = select(func.count(), func.min(some.c.at)).where(*where)
    if workspace_id is not None:
        query = query.where(some.c.workspace_id == workspace_id)
    count, oldest_at = session.execute(query).one()
    return Heap(count, oldest_at)
