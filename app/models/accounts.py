"""Connections to Meta: credentials, and the accounts they speak for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, WithId


class Integration(WithId, Base):
    """Credentials and configuration of one connection of a workspace to a channel.

    Secrets are Fernet tokens. Where ``source`` is "environment" they are null and stay in the
    environment. ``base_url`` replaces Meta's hosts; only the demo seeder sets it, and whatever
    has it is shown as simulated. ``handshake_at`` is when Meta last proved the verify token;
    ``check_result`` is what the last look at the token over the Graph API told, at ``checked_at``.
    ``broken_at`` is since when Meta refuses the connection, with its numbers and words; until
    somebody mends it, nothing is sent. ``broken_kind`` names what they mean.
    """

    __tablename__ = "integration"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    channel: Mapped[str]
    provider: Mapped[str] = mapped_column(server_default="Meta")
    source: Mapped[str] = mapped_column(server_default="manual")
    is_enabled: Mapped[bool] = mapped_column(server_default=true())
    access_token: Mapped[str | None]
    api_secret: Mapped[str | None]
    config: Mapped[dict[str, Any]]
    base_url: Mapped[str | None]
    handshake_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    check_result: Mapped[dict[str, Any] | None]
    broken_at: Mapped[datetime | None]
    broken_kind: Mapped[str | None]
    broken_code: Mapped[int | None]
    broken_subcode: Mapped[int | None]
    broken_message: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    deleted_at: Mapped[datetime | None]

    accounts: Mapped[list[ChannelAccount]] = relationship(back_populates="integration")

    __table_args__ = (Index(None, "workspace_id", "channel"),)


class ChannelAccount(WithId, Base):
    """An account of the business on a channel; never recreated, so that its history survives.

    ``external_id`` is the id the account was first connected by; all its ids, this one
    included, are AccountAddress rows. ``proven_at`` is when the integration showed that it may
    read the account: until then nothing is applied to it. ``owned_at`` is when Meta, or whoever
    runs the installation, confirmed that it runs the account: only that holds an id against
    another workspace. What Meta did not deliver since ``repair_from`` is asked for at
    ``repair_due_at``; conversations that changed before ``repair_reached`` were read already.
    ``repair_result`` is what the present or last repair found. ``resubscribed_at`` is when the app
    was last found unsubscribed and mended, ``subscription_problem`` why it could not be.
    """

    __tablename__ = "channel_account"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integration.id"))
    channel: Mapped[str]
    external_id: Mapped[str]
    name: Mapped[str | None]
    proven_at: Mapped[datetime | None]
    owned_at: Mapped[datetime | None]
    subscription_checked_at: Mapped[datetime | None]
    resubscribed_at: Mapped[datetime | None]
    subscription_problem: Mapped[dict[str, Any] | None]
    repair_from: Mapped[datetime | None]
    repair_due_at: Mapped[datetime | None]
    repair_reached: Mapped[datetime | None]
    repair_result: Mapped[dict[str, Any] | None]
    repaired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    integration: Mapped[Integration | None] = relationship(back_populates="accounts")
    addresses: Mapped[list[AccountAddress]] = relationship(back_populates="account")

    __table_args__ = (
        UniqueConstraint("workspace_id", "channel", "external_id"),
        Index(None, "integration_id"),
    )


class AccountAddress(Base):
    """One id under which events name an account; it belongs to one account on the installation.

    People know the Page's id, the Instagram account's, or both: events are matched by any.
    """

    __tablename__ = "account_address"

    channel: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))

    account: Mapped[ChannelAccount] = relationship(back_populates="addresses")

    __table_args__ = (Index(None, "account_id"),)
