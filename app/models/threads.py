"""Conversations and their messages, denormalised so that no list counts or joins messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ChannelAccount
from app.models.base import Base, WithId
from app.models.people import User
from app.models.relations import Contact, ContactIdentity

# Written out, not bound: a planner uses a partial index only where it can see the condition.
_IN_WORK = "status IN ('open', 'pending')"
_ENDING = f"{_IN_WORK} AND waiting_since IS NOT NULL"
_ATTENTION = "attention_count > 0"
_SNOOZED = "status = 'snoozed'"
_PUT_AWAY = "status <> 'open'"
IN_WORK = sql(f"conversation.{_IN_WORK}")
NEEDS_DECISION = sql(f"conversation.{_ATTENTION}")
IS_SNOOZED = sql(f"conversation.{_SNOOZED}")
NOT_OPEN = sql(f"conversation.{_PUT_AWAY}")


def _where(name: str, condition: str, *columns: str) -> Index:
    """Return an index of those rows of a table that meet ``condition``."""
    return Index(name, *columns, postgresql_where=sql(condition), sqlite_where=sql(condition))


class Conversation(WithId, Base):
    """The one thread between a person and one of our accounts.

    ``position_at`` is the place of the newest message (see Message), ``waiting_since`` is set
    while the customer spoke last, ``unread_count`` counts the customer's messages since the
    team's last reply or mark-read, ``window_opened_at`` is the latest provider time of an event
    that opens the reply window, ``attention_count`` the messages that failed or are unconfirmed.
    """

    __tablename__ = "conversation"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("contact_identity.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    channel: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="open")
    snoozed_until: Mapped[datetime | None]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    preview: Mapped[str] = mapped_column(server_default="")
    preview_direction: Mapped[str] = mapped_column(server_default="inbound")
    preview_kind: Mapped[str] = mapped_column(server_default="text")
    preview_status: Mapped[str] = mapped_column(server_default="delivered")
    position_at: Mapped[int] = mapped_column(BigInteger, server_default=sql("0"))
    last_message_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    window_opened_at: Mapped[datetime | None]
    unread_count: Mapped[int] = mapped_column(server_default=sql("0"))
    attention_count: Mapped[int] = mapped_column(server_default=sql("0"))
    version: Mapped[int] = mapped_column(BigInteger, server_default=sql("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    account: Mapped[ChannelAccount] = relationship()
    contact: Mapped[Contact] = relationship()
    identity: Mapped[ContactIdentity] = relationship()
    assignee: Mapped[User | None] = relationship()

    __table_args__ = (
        UniqueConstraint("account_id", "identity_id"),
        Index("ix_conversation_list", "workspace_id", "position_at", "id"),
        Index("ix_conversation_channel_list", "workspace_id", "channel", "position_at", "id"),
        _where("ix_conversation_in_work", _IN_WORK, "workspace_id", "position_at", "id"),
        _where(
            "ix_conversation_channel_in_work",
            _IN_WORK,
            *("workspace_id", "channel", "position_at", "id"),
        ),
        _where(
            "ix_conversation_assigned",
            _IN_WORK,
            *("workspace_id", "assignee_id", "position_at", "id"),
        ),
        _where(
            "ix_conversation_channel_assigned",
            _IN_WORK,
            *("workspace_id", "assignee_id", "channel", "position_at", "id"),
        ),
        _where("ix_conversation_ending", _ENDING, "workspace_id", "window_opened_at", "id"),
        _where("ix_conversation_attention", _ATTENTION, "workspace_id", "position_at", "id"),
        _where("ix_conversation_snoozed", _SNOOZED, "workspace_id", "snoozed_until", "id"),
        _where("ix_conversation_waking", _SNOOZED, "snoozed_until"),
        _where(
            "ix_conversation_put_away",
            _PUT_AWAY,
            *("workspace_id", "status", "position_at", "id"),
        ),
        _where(
            "ix_conversation_channel_put_away",
            _PUT_AWAY,
            *("workspace_id", "status", "channel", "position_at", "id"),
        ),
        Index(None, "contact_id"),
    )


class Message(WithId, Base):
    """One message of a conversation.

    ``position_at`` is its place in the thread in milliseconds since the epoch: the provider's
    time inbound, ``max(now, last position + 1)`` outbound; fixed once set, ties go by id.
    ``external_id`` is Meta's id, or "item:" and a digest where the item carries none.
    ``details`` keeps what a kind needs beyond text. ``via`` says where an outbound message was
    written: "inbox", "api" or "app" (the channel's own app or another program). ``error_kind``
    is the name of what an error means, from the table of ``app.channels``.
    """

    __tablename__ = "message"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("external_event.id"))
    external_id: Mapped[str | None]
    client_id: Mapped[str | None]
    direction: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    reply_to: Mapped[str | None]
    status: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    via: Mapped[str | None]
    position_at: Mapped[int] = mapped_column(BigInteger)
    provider_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
    error_code: Mapped[int | None]
    error_subcode: Mapped[int | None]
    error_message: Mapped[str | None]
    error_kind: Mapped[str | None]

    author: Mapped[User | None] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.position")

    __table_args__ = (
        UniqueConstraint("account_id", "external_id"),
        UniqueConstraint("workspace_id", "client_id"),
        Index(None, "conversation_id", "position_at", "id"),
        Index(None, "account_id", "position_at", "id"),
        Index(
            "ix_message_event_id",
            "event_id",
            postgresql_where=sql("event_id IS NOT NULL"),
            sqlite_where=sql("event_id IS NOT NULL"),
        ),
    )


class Attachment(WithId, Base):
    """A file of a message. ``source_url`` is Meta's temporary address; the bytes come later."""

    __tablename__ = "attachment"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    position: Mapped[int]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="remote")
    source_url: Mapped[str | None]
    title: Mapped[str | None]
    content_type: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("message_id", "position"),)


class ConversationRead(Base):
    """How far one person has read: opening a thread moves only this."""

    __tablename__ = "conversation_read"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    last_message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))


class ChannelCounter(Base):
    """How many conversations of a channel have unread messages: what the tabs show."""

    __tablename__ = "channel_counter"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    unread_conversations: Mapped[int] = mapped_column(server_default=sql("0"))
