"""What the API takes for conversations and messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from app.blueprints import examples
from app.blueprints.converters import MAX_ID
from app.channels.registry import CHANNELS
from app.inbox.reply import MAX_CLIENT_ID
from app.inbox.views import Filter, Sort, View
from app.models import User
from app.models.states import ConversationStatus

MAX_LIMIT = 100


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is beyond the calendar") from None


def without_nul(value: object) -> object:
    """Return ``value`` without NUL, which no database takes in a text."""
    return value.replace("\0", "") if isinstance(value, str) else value


def _channel(value: str) -> str:
    if value not in CHANNELS:
        raise ValueError(f"must be one of: {', '.join(CHANNELS)}")
    return value


ChannelName = Annotated[
    str, AfterValidator(_channel), Field(json_schema_extra={"enum": list(CHANNELS)})
]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with its offset, in UTC."""
Cursor = Annotated[
    str | None,
    Field(
        max_length=200,
        description="next_cursor of the page before; opaque.",
        json_schema_extra={"format": "cursor"},
    ),
]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many items at most.")]
ClientId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_CLIENT_ID),
    Field(description="Your name for the message: sent twice, it is stored once."),
]


class PageQuery(BaseModel):
    """Which page of a list."""

    cursor: Cursor = None
    limit: Limit = 50


class ConversationQuery(PageQuery):
    """Which conversations; without a status archived ones are left out."""

    channel: ChannelName | None = None
    status: ConversationStatus | None = None
    assignee: Annotated[
        str | None,
        Field(pattern="^(none|[0-9]{1,18})$", description="A user's id, or none."),
    ] = None
    q: Annotated[
        str | None,
        BeforeValidator(without_nul),
        Field(max_length=200, description="Words of messages, of the customer's name or username."),
    ] = None
    view: Annotated[View | None, Field(description="A view of the inbox instead of a status.")] = (
        None
    )
    sort: Annotated[Sort, Field(description="With the views mine, unassigned and all.")] = (
        Sort.NEWEST
    )

    def filter(self, user: User | None) -> Filter:
        """Return what is asked for as the inbox knows it, seen by ``user``."""
        return Filter(
            channel=self.channel,
            status=self.status,
            assignee=self.assignee,
            view=self.view,
            me=user.id if user else None,
            sort=self.sort,
        )


class ConversationPatch(BaseModel):
    """What may be changed about a conversation; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples.shown(
            {"status": "open", "assignee_id": 3},
            {"status": "snoozed", "snoozed_until": "2026-11-23T08:00:00Z"},
            {"read": True},
        ),
    )

    status: ConversationStatus | None = None
    snoozed_until: Moment | None = None
    assignee_id: int | None = Field(None, ge=1, le=MAX_ID, strict=True)
    read: Literal[True] | None = None


class ReplyInput(BaseModel):
    """An answer to a customer. Another key is refused: it would be lost unnoticed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples.shown(
            {"text": "Yes, we have it in blue.", "client_id": "order-4711-answer"}
        ),
    )

    text: str | None = None
    client_id: ClientId | None = None
    attachments: list[dict[str, Any]] | None = None
    reply_to: str | int | None = None
    template: dict[str, Any] | None = None

    def not_yet_sendable(self) -> list[str]:
        """Return the parts that were asked for and that no channel sends yet."""
        return not_yet_sendable(self, "attachments", "reply_to", "template")


def not_yet_sendable(given: BaseModel, *parts: str) -> list[str]:
    """Return those of ``parts`` that were asked for: no channel sends them yet."""
    return [name for name in parts if getattr(given, name)]
