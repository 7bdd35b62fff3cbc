"""The API of contacts, notes, leads and communication logs: what it takes and answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.blueprints import examples
from app.blueprints.converters import MAX_ID
from app.blueprints.schemas import PersonOut
from app.blueprints.schemas_input import ChannelName, Moment, PageQuery, without_nul
from app.inbox import notes
from app.models import CommunicationLog, Contact, ContactIdentity, ContactNote, Lead
from app.models.states import Direction, LeadStage

Id = Annotated[int, Field(ge=1, le=MAX_ID)]


class ContactQuery(PageQuery):
    """Which contacts."""

    q: Annotated[
        str | None,
        BeforeValidator(without_nul),
        Field(max_length=200, description="Words of the name or username."),
    ] = None


class LeadQuery(PageQuery):
    """Which leads."""

    stage: LeadStage | None = None
    contact_id: Id | None = None


class LogQuery(PageQuery):
    """Which lines of the log."""

    contact_id: Id | None = None
    channel: ChannelName | None = None
    since: Moment | None = None


class NoteInput(BaseModel):
    """A note on a contact."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=examples.shown({"text": "Prefers blue."})
    )

    text: Annotated[str, StringConstraints(min_length=1, max_length=notes.MAX_LENGTH)]


class LeadPatch(BaseModel):
    """What may be changed about a lead."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=examples.shown({"stage": "qualified"})
    )

    stage: LeadStage


class IdentityOut(BaseModel):
    """One id of Meta's under which a person is known."""

    external_id: str
    scope: str

    @classmethod
    def of(cls, identity: ContactIdentity) -> Self:
        """Return ``identity`` as shown."""
        return cls(external_id=identity.value, scope=identity.scope)


class ContactCard(BaseModel):
    """A person who wrote. Name, username and followers are what Meta tells, which may be nothing.

    ``scope`` of an identity says where the id means something: "account:" and our account's id.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.CONTACT))

    id: int
    name: str | None
    username: str | None
    follower_count: int | None
    has_picture: bool
    identities: list[IdentityOut]
    created_at: datetime

    @classmethod
    def of(cls, contact: Contact) -> Self:
        """Return ``contact``, whose identities are loaded, as shown."""
        return cls(
            id=contact.id,
            name=contact.name,
            username=contact.username,
            follower_count=contact.follower_count,
            has_picture=contact.picture is not None,
            identities=[IdentityOut.of(one) for one in contact.identities],
            created_at=contact.created_at,
        )


class ContactPage(BaseModel):
    """Contacts, the newest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.page(examples.CONTACT)))

    items: list[ContactCard]
    next_cursor: str | None


class NoteOut(BaseModel):
    """A note on a contact; a program's has no author."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.NOTE))

    id: int
    contact_id: int
    text: str
    author: PersonOut | None
    created_at: datetime

    @classmethod
    def of(cls, note: ContactNote) -> Self:
        """Return ``note`` as shown."""
        return cls(
            id=note.id,
            contact_id=note.contact_id,
            text=note.text,
            author=PersonOut.of(note.author),
            created_at=note.created_at,
        )


class NotePage(BaseModel):
    """Notes, the newest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.page(examples.NOTE)))

    items: list[NoteOut]
    next_cursor: str | None


class LeadOut(BaseModel):
    """A chance of business; ``closed_at`` is set once it is won or lost."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra=examples.shown(examples.LEAD))

    id: int
    contact_id: int
    stage: LeadStage
    last_contact_at: datetime | None
    last_contact_channel: str | None
    created_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, lead: Lead) -> Self:
        """Return ``lead`` as shown."""
        return cls.model_validate(lead)


class LeadPage(BaseModel):
    """Leads, the newest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.page(examples.LEAD)))

    items: list[LeadOut]
    next_cursor: str | None


class LogOut(BaseModel):
    """One message that passed, on whichever channel; ``summary`` is its beginning."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    contact_id: int
    lead_id: int | None
    message_id: int
    channel: str
    direction: Direction
    summary: str
    occurred_at: datetime

    @classmethod
    def of(cls, line: CommunicationLog) -> Self:
        """Return ``line`` as shown."""
        return cls.model_validate(line)


class LogPage(BaseModel):
    """Lines of the log, the latest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.page(examples.LINE)))

    items: list[LogOut]
    next_cursor: str | None
