"""The durable log of what Meta delivered, and what became of each item."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, WithId

# Written out, not bound: a planner uses a partial index only where it can see the condition.
_PENDING = "state = 'pending'"
_OPEN = "outcome IN ('pending', 'parked')"
LOG_IS_PENDING = text(f"external_event_log.{_PENDING}")
EVENT_IS_OPEN = text(f"external_event.{_OPEN}")


class ExternalEventLog(WithId, Base):
    """One webhook body with a good signature, as bytes, stored before the 200 was sent.

    It belongs to no workspace: a body may hold items of several. ``verified_by`` is the keyed
    fingerprint of the secret that verified it. The same bytes under the same secret are one row,
    counted in ``received_count``. ``source`` is "webhook", or "history" for what was asked for
    because Meta never delivered it.
    """

    __tablename__ = "external_event_log"

    endpoint: Mapped[str]
    body: Mapped[bytes]
    digest: Mapped[bytes]
    verified_by: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    received_count: Mapped[int] = mapped_column(server_default=text("1"))
    state: Mapped[str] = mapped_column(server_default="pending")
    source: Mapped[str] = mapped_column(server_default="webhook")

    __table_args__ = (
        UniqueConstraint("digest", "verified_by"),
        Index(
            "ix_external_event_log_pending",
            "id",
            postgresql_where=text(_PENDING),
            sqlite_where=text(_PENDING),
        ),
    )


class ExternalEvent(WithId, Base):
    """One item of a webhook body and its outcome.

    ``path`` leads to the item in the body, ``addressed_to`` is the channel's id of the account it
    speaks of. ``workspace_id`` and ``account_id`` are set once the
    item is known to belong there; until then only the installation's operator sees it.
    ``next_try_at`` says when a parked item is tried again. ``repaired`` names what no database
    takes and was taken out of its text.
    """

    __tablename__ = "external_event"

    log_id: Mapped[int] = mapped_column(ForeignKey("external_event_log.id"))
    position: Mapped[int]
    path: Mapped[str]
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspace.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("channel_account.id"))
    channel: Mapped[str | None]
    addressed_to: Mapped[str | None]
    kind: Mapped[str]
    external_id: Mapped[str | None]
    occurred_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(server_default="pending")
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_try_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    settled_at: Mapped[datetime | None]
    repaired: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("log_id", "position"),
        Index(None, "workspace_id", "id"),
        Index(None, "outcome", "id"),
        Index(None, "account_id", "id"),
        Index(
            "ix_external_event_open",
            "id",
            postgresql_where=text(_OPEN),
            sqlite_where=text(_OPEN),
        ),
    )


class Lease(Base):
    """Who holds a role that only one process may have at a time."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str | None]
    expires_at: Mapped[datetime]


class WebhookRefusal(Base):
    """How many bodies were refused in an hour, by endpoint and reason; nothing else is kept."""

    __tablename__ = "webhook_refusal"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    endpoint: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class ProcessBeat(Base):
    """A sign of life of a worker or the sweep; ``name`` is its host and process number."""

    __tablename__ = "process_beat"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    version: Mapped[str]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
