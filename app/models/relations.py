"""The people who write to us, how they are known, and what passed between us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, WithId
from app.models.people import User


class Contact(WithId, Base):
    """A person, in one workspace. Names may be missing: Meta does not always tell them.

    ``picture`` is the name of our copy of the profile picture in the media store. Meta is asked
    for the profile at ``profile_due_at`` (None: not now), for the ``profile_tries``-th time since
    it last answered.
    """

    __tablename__ = "contact"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    name: Mapped[str | None]
    username: Mapped[str | None]
    follower_count: Mapped[int | None]
    picture: Mapped[str | None]
    profile_checked_at: Mapped[datetime | None]
    profile_due_at: Mapped[datetime | None]
    profile_tries: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    identities: Mapped[list[ContactIdentity]] = relationship(back_populates="contact")

    __table_args__ = (
        Index(None, "workspace_id", "id"),
        Index(
            "ix_contact_profile_due",
            "profile_due_at",
            postgresql_where=text("profile_due_at IS NOT NULL"),
            sqlite_where=text("profile_due_at IS NOT NULL"),
        ),
    )


class ContactIdentity(WithId, Base):
    """One id under which a person is known, within a scope.

    ``scope`` is where the id means something: "account:7" (an Instagram-scoped id is valid for
    one account only) or, later, a WhatsApp portfolio. Merging two people moves identities.
    """

    __tablename__ = "contact_identity"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    scope: Mapped[str]
    kind: Mapped[str]
    value: Mapped[str]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    contact: Mapped[Contact] = relationship(back_populates="identities")

    __table_args__ = (
        UniqueConstraint("workspace_id", "scope", "kind", "value"),
        Index(None, "contact_id"),
    )


class ContactNote(WithId, Base):
    """What colleagues should know about a person; never sent anywhere."""

    __tablename__ = "contact_note"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    author: Mapped[User | None] = relationship()

    __table_args__ = (Index(None, "workspace_id", "contact_id", "id"),)


class Lead(WithId, Base):
    """A chance of business with a contact; one is open per contact at a time."""

    __tablename__ = "lead"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    stage: Mapped[str] = mapped_column(server_default="new")
    last_contact_at: Mapped[datetime | None]
    last_contact_channel: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_lead_workspace_id_contact_id", "workspace_id", "contact_id"),
        Index(None, "workspace_id", "id"),
        Index(None, "workspace_id", "stage", "id"),
        Index(
            "uq_lead_open",
            "contact_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )


class CommunicationLog(WithId, Base):
    """One line per message that passed between the business and a contact, on any channel."""

    __tablename__ = "communication_log"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id"))
    channel: Mapped[str]
    direction: Mapped[str]
    summary: Mapped[str]
    occurred_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "workspace_id", "contact_id", "occurred_at"),
        Index(None, "workspace_id", "occurred_at"),
    )
