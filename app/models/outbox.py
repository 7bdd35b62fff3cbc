"""The outbox: what is to be sent, and every try at sending it."""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, WithId
from app.models.people import User
from app.models.threads import Conversation, Message

# Written out, not bound: a planner uses a partial index only where it can see the condition.
_OPEN = "state IN ('queued', 'held', 'claimed', 'sending', 'unconfirmed')"
_QUEUED = "state = 'queued'"
_UNDECIDED = "unconfirmed_at IS NOT NULL"
_TO_LOOK_FOR = "next_look_at IS NOT NULL"
DELIVERY_IS_OPEN = text(f"delivery.{_OPEN}")
EARLIER_IS_OPEN = text(f"earlier.{_OPEN}")
"""The same of another delivery, which the statement calls "earlier"."""
DELIVERY_IS_QUEUED = text(f"delivery.{_QUEUED}")
DELIVERY_IS_UNDECIDED = text(f"delivery.{_UNDECIDED}")
DELIVERY_IS_TO_LOOK_FOR = text(f"delivery.{_TO_LOOK_FOR}")


def new_mark() -> str:
    """Return a mark that nobody can guess."""
    return f"inlet:{token_urlsafe(12)}"


class Delivery(WithId, Base):
    """The sending of one message. ``next_try_at`` is the one retry clock.

    Within a conversation deliveries go out in the order of their ids. ``mark`` travels with the
    message where the channel gives it back. ``unconfirmed_at`` stays set while evidence may still
    tell whether the call that began at ``sending_at`` went through, also after a person decided.
    ``next_look_at`` says when the conversation is read at Meta's for it. ``settled_by`` is the
    evidence that ended it; None where it never came to a call.
    """

    __tablename__ = "delivery"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    state: Mapped[str] = mapped_column(server_default="queued")
    mark: Mapped[str | None] = mapped_column(insert_default=new_mark)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    sending_at: Mapped[datetime | None]
    unconfirmed_at: Mapped[datetime | None]
    next_look_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    message: Mapped[Message] = relationship()
    conversation: Mapped[Conversation] = relationship()

    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(
            "ix_delivery_open",
            "conversation_id",
            "id",
            postgresql_where=text(_OPEN),
            sqlite_where=text(_OPEN),
        ),
        Index(
            "ix_delivery_due",
            "next_try_at",
            postgresql_where=text(_QUEUED),
            sqlite_where=text(_QUEUED),
        ),
        Index(
            "ix_delivery_undecided",
            "conversation_id",
            "id",
            postgresql_where=text(_UNDECIDED),
            sqlite_where=text(_UNDECIDED),
        ),
        Index(
            "ix_delivery_to_look_for",
            "next_look_at",
            postgresql_where=text(_TO_LOOK_FOR),
            sqlite_where=text(_TO_LOOK_FOR),
        ),
    )


class DeliveryAttempt(WithId, Base):
    """One try at a delivery and Meta's answer. ``outcome`` is "sending" until it is known.

    ``endpoint`` is the path that was called, ``duration_ms`` how long the call took.
    """

    __tablename__ = "delivery_attempt"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    number: Mapped[int]
    outcome: Mapped[str]
    endpoint: Mapped[str | None]
    tag: Mapped[str | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None]
    http_status: Mapped[int | None]
    code: Mapped[int | None]
    subcode: Mapped[int | None]
    error_message: Mapped[str | None]
    trace_id: Mapped[str | None]

    __table_args__ = (UniqueConstraint("delivery_id", "number"),)


class DeliveryStep(WithId, Base):
    """What happened to a delivery beside its attempts: a person's decision, or a proof.

    ``user_id`` is who decided, None for a program. ``detail`` are Meta's words where a look at
    the conversation failed.
    """

    __tablename__ = "delivery_step"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    detail: Mapped[str | None]

    user: Mapped[User | None] = relationship()

    __table_args__ = (Index(None, "delivery_id", "id"),)


class SendPace(Base):
    """How fast an account may send: a token bucket, and until when it pauses.

    ``bucket`` names the limit it keeps. ``usage`` is the share of its own limits that Meta told
    at ``usage_at``, in per cent, where it was high.
    """

    __tablename__ = "send_pace"

    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"), primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[float]
    refilled_at: Mapped[datetime]
    paused_until: Mapped[datetime | None]
    usage: Mapped[int | None]
    usage_at: Mapped[datetime | None]
