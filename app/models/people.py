"""Workspaces, the people in them, and the tokens programs use."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, false, func, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, WithId


class Workspace(WithId, Base):
    """One tenant. ``version`` is raised by every transaction that changes what its inbox shows."""

    __tablename__ = "workspace"

    name: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class User(WithId, Base):
    """A person who logs in. ``is_operator`` runs the installation and sees unroutable events.

    ``email`` is stored in lower case. ``session_version`` is part of every session: raising it
    logs the person out everywhere.
    """

    __tablename__ = "app_user"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    locale: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=true())
    is_operator: Mapped[bool] = mapped_column(server_default=false())
    session_version: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    memberships: Mapped[list[Membership]] = relationship(back_populates="user")


class Membership(Base):
    """A user's place and role in a workspace; ``deactivated_at`` ends it and keeps the history.

    ``seen_at``, when they last used it, is exact to some minutes only.
    """

    __tablename__ = "membership"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    role: Mapped[str]
    deactivated_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="memberships")
    workspace: Mapped[Workspace] = relationship()

    __table_args__ = (Index(None, "user_id"),)


class ApiToken(WithId, Base):
    """A program's key to one workspace; only the SHA-256 of the token is kept.

    ``created_by_id`` is None where the command line made it; ``last_used_at`` is exact to some
    minutes only.
    """

    __tablename__ = "api_token"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    name: Mapped[str]
    role: Mapped[str]
    digest: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    workspace: Mapped[Workspace] = relationship()
    created_by: Mapped[User | None] = relationship()

    __table_args__ = (UniqueConstraint("digest"), Index(None, "workspace_id"))


class OneTimeCode(WithId, Base):
    """A way in that works once, until ``expires_at``; only the SHA-256 of the code is kept.

    With ``user_id`` it lets that person choose a password; without, the first person make theirs.
    """

    __tablename__ = "one_time_code"

    digest: Mapped[bytes]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship()

    __table_args__ = (UniqueConstraint("digest"), Index(None, "user_id"))
