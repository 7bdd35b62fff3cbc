"""What the API answers with: conversations and messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from app.blueprints import examples
from app.inbox import broken
from app.inbox.reply import trouble_with
from app.inbox.window import WindowState, window_for
from app.models import (
    Attachment,
    Contact,
    ContactIdentity,
    Conversation,
    Integration,
    Message,
    User,
)
from app.models.states import ConversationStatus, Direction

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_META_ID = "item:"


class ErrorOut(BaseModel):
    """Why something failed and what to do; ``code`` and ``subcode`` are Meta's."""

    model_config = ConfigDict(extra="ignore")

    code: int | None
    subcode: int | None
    message: str
    explanation: str
    next_step: str

    @classmethod
    def of_connection(cls, integration: Integration) -> Self | None:
        """Return why Meta refuses a connection; None for one that is not broken."""
        told = broken.why(integration)
        if told is None:
            return None
        return cls(
            code=integration.broken_code,
            subcode=integration.broken_subcode,
            message=told.sentence,
            explanation=told.cause,
            next_step=told.next_step,
        )


class PersonOut(BaseModel):
    """A colleague."""

    id: int
    name: str

    @classmethod
    def of(cls, user: User | None) -> Self | None:
        """Return ``user`` as shown, None for None."""
        return None if user is None else cls(id=user.id, name=user.name)


class ContactOut(BaseModel):
    """The customer; ``external_id`` is Meta's id for them on this account."""

    id: int
    name: str | None
    username: str | None
    external_id: str

    @classmethod
    def of(cls, contact: Contact, identity: ContactIdentity) -> Self:
        """Return ``contact`` as known under ``identity``."""
        return cls(
            id=contact.id,
            name=contact.name,
            username=contact.username,
            external_id=identity.value,
        )


class WindowOut(BaseModel):
    """Whether the customer may be answered, and until when."""

    state: WindowState
    closes_at: datetime | None


class ConversationOut(BaseModel):
    """One conversation. ``waiting_since`` is set while the customer spoke last."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.CONVERSATION))

    id: int
    channel: str
    integration_id: int | None
    contact: ContactOut
    status: ConversationStatus
    snoozed_until: datetime | None
    assignee: PersonOut | None
    unread_count: int
    waiting_since: datetime | None
    last_message_preview: str
    last_message_at: datetime | None
    window: WindowOut

    @classmethod
    def of(cls, conversation: Conversation, now: datetime) -> Self:
        """Return ``conversation``, whose parts are loaded, as it stands ``now``."""
        window = window_for(conversation, now)
        return cls(
            id=conversation.id,
            channel=conversation.channel,
            integration_id=conversation.account.integration_id,
            contact=ContactOut.of(conversation.contact, conversation.identity),
            status=ConversationStatus(conversation.status),
            snoozed_until=conversation.snoozed_until,
            assignee=PersonOut.of(conversation.assignee),
            unread_count=conversation.unread_count,
            waiting_since=conversation.waiting_since,
            last_message_preview=conversation.preview,
            last_message_at=conversation.last_message_at,
            window=WindowOut(state=window.state, closes_at=window.closes_at),
        )


class ConversationPage(BaseModel):
    """Conversations, the one with the newest message first; ``next_cursor`` leads to older."""

    model_config = ConfigDict(
        json_schema_extra=examples.shown(examples.page(examples.CONVERSATION))
    )

    items: list[ConversationOut]
    next_cursor: str | None


class AttachmentOut(BaseModel):
    """A file of a message. ``url`` is Meta's, and temporary, while ``state`` is "remote"."""

    id: int
    kind: str
    url: str | None
    content_type: str | None
    size: int | None
    state: str

    @classmethod
    def of(cls, attachment: Attachment) -> Self:
        """Return ``attachment`` as shown."""
        return cls(
            id=attachment.id,
            kind=attachment.kind,
            url=attachment.source_url,
            content_type=attachment.content_type,
            size=attachment.size,
            state=attachment.state,
        )


class MessageOut(BaseModel):
    """One message. ``external_id`` and ``reply_to`` are Meta's ids."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.MESSAGE))

    id: int
    direction: Direction
    kind: str
    text: str | None
    attachments: list[AttachmentOut]
    external_id: str | None
    status: str
    error: ErrorOut | None
    position_at: datetime
    sent_at: datetime | None
    reply_to: str | None
    reactions: list[dict[str, Any]] = []
    edited: bool = False
    deleted: bool = False
    author: PersonOut | None
    via: str | None

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return ``message``, whose attachments and author are loaded, as shown."""
        trouble = trouble_with(message)
        own_id = message.external_id
        return cls(
            id=message.id,
            direction=Direction(message.direction),
            kind=message.kind,
            text=message.text,
            attachments=[AttachmentOut.of(one) for one in message.attachments],
            external_id=None if own_id and own_id.startswith(_NO_META_ID) else own_id,
            status=message.status,
            error=ErrorOut.model_validate(trouble, from_attributes=True) if trouble else None,
            position_at=_EPOCH + timedelta(milliseconds=message.position_at),
            sent_at=message.sent_at,
            reply_to=message.reply_to,
            author=PersonOut.of(message.author),
            via=message.via,
        )


class MessagePage(BaseModel):
    """Messages, oldest first from the beginning; ``next_cursor`` leads to newer ones."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.page(examples.QUESTION)))

    items: list[MessageOut]
    next_cursor: str | None
