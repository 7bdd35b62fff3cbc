"""The social API: one channel's accounts, messages and standing, and what it takes to send."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.blueprints import examples
from app.blueprints.schemas import ContactOut, ErrorOut, MessageOut
from app.blueprints.schemas_input import ClientId, PageQuery, not_yet_sendable
from app.blueprints.schemas_integrations import AccountOut
from app.inbox import social, token_check
from app.inbox.social_status import Activity
from app.inbox.token_check import Told
from app.models import ChannelAccount, Integration


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


AnyId = Annotated[
    str,
    BeforeValidator(_as_text, json_schema_input_type=str | int),
    StringConstraints(pattern=r"^[A-Za-z0-9_.=-]{1,255}$"),
]
"""One of our ids, or one of Meta's."""


class SocialQuery(PageQuery):
    """Whose messages: of one account, of one conversation, or all of the channel."""

    account_id: Annotated[
        AnyId | None, Field(description="Our id of the account, or one of its ids at Meta.")
    ] = None
    conversation_id: Annotated[
        AnyId | None,
        Field(description="Our id of the conversation, or the customer's id at Meta."),
    ] = None


class SocialMessageOut(MessageOut):
    """A message with the account, the conversation and the customer it belongs to."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.SOCIAL_MESSAGE))

    account_id: int
    conversation_id: int
    contact: ContactOut

    @classmethod
    def of_line(cls, line: social.Line) -> Self:
        """Return a message of the channel as shown."""
        return cls(
            **MessageOut.of(line.message).model_dump(),
            account_id=line.message.account_id,
            conversation_id=line.message.conversation_id,
            contact=ContactOut.of(line.contact, line.identity),
        )


class SocialMessagePage(BaseModel):
    """Messages, newest first; ``next_cursor`` leads to older ones."""

    model_config = ConfigDict(
        json_schema_extra=examples.shown(examples.page(examples.SOCIAL_MESSAGE))
    )

    items: list[SocialMessageOut]
    next_cursor: str | None


class SocialAccountOut(AccountOut):
    """An account of the business; ``is_connected``: an integration speaks for it."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.SOCIAL_ACCOUNT))

    channel: str
    integration_id: int | None
    is_connected: bool
    is_enabled: bool
    is_simulated: bool

    @classmethod
    def of(cls, account: ChannelAccount) -> Self:
        """Return ``account``, whose addresses and integration are loaded, as shown."""
        return cls(**_told(account))


class SocialAccountList(BaseModel):
    """All accounts of the channel, oldest first, also those that were disconnected."""

    model_config = ConfigDict(
        json_schema_extra=examples.shown({"items": [examples.SOCIAL_ACCOUNT]})
    )

    items: list[SocialAccountOut]


class SocialSend(BaseModel):
    """A message to a customer who has written before. Another key is refused."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples.shown(
            {
                "recipient_id": "1254477777772919",
                "text": "Yes, we have it in blue.",
                "client_id": "order-4711-answer",
            },
            {"account_id": 1, "conversation_id": 42, "message": "Yes, we have it in blue."},
        ),
    )

    account_id: Annotated[
        AnyId | None,
        Field(description="Needed where several accounts are connected and the customer is "
              "named by their id at Meta."),
    ] = None  # fmt: skip
    conversation_id: Annotated[
        AnyId | None,
        Field(description="Our id of the conversation, or the customer's id at Meta."),
    ] = None
    recipient_id: Annotated[AnyId | None, Field(description="The customer's id at Meta.")] = None
    text: str | None = None
    message: Annotated[str | None, Field(description="The same as text.")] = None
    client_id: ClientId | None = None
    attachments: list[dict[str, Any]] | None = None

    def not_yet_sendable(self) -> list[str]:
        """Return the parts that were asked for and that no channel sends yet."""
        return not_yet_sendable(self, "attachments")

    def words(self) -> str | None:
        """Return the text under whichever name it came."""
        return self.message if self.text is None else self.text

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if None not in (self.text, self.message) and self.text != self.message:
            raise ValueError("text and message are two names of the same: give one")
        return self


class TokenState(StrEnum):
    """What Meta said of a token when it was last asked; ``unknown``: Meta could not be asked."""

    UNCHECKED = "unchecked"
    VALID = "valid"
    EXPIRED = "expired"
    REFUSED = "refused"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, told: Told | None, now: datetime) -> Self:
        """Return how a token stands ``now`` after what was ``told`` of it."""
        if told is None:
            return cls("unchecked")
        if told.is_valid is None:
            return cls("unknown")
        is_over = told.expires_at is not None and told.expires_at <= now
        return cls("expired" if is_over else "valid" if told.is_valid else "refused")


class TokenOut(BaseModel):
    """An account's access token as it was last checked; ``error`` is what is wrong with it."""

    state: TokenState
    checked_at: datetime | None
    expires_at: datetime | None
    missing_scopes: list[str]
    error: ErrorOut | None

    @classmethod
    def of(cls, integration: Integration, now: datetime) -> Self:
        """Return how the integration's token stands ``now``."""
        told = token_check.last(integration)
        problem = told.problem if told else None
        return cls(
            state=TokenState.of(told, now),
            checked_at=integration.checked_at,
            expires_at=told.expires_at if told else None,
            missing_scopes=list(told.missing_scopes) if told else [],
            error=ErrorOut.model_validate(problem, from_attributes=True) if problem else None,
        )


class SocialStatusOut(SocialAccountOut):
    """How an account is doing. ``is_proven``: its webhooks are let in.

    ``token`` is null where no integration speaks for the account.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.SOCIAL_STATUS))

    is_proven: bool
    token: TokenOut | None
    last_event_at: datetime | None
    last_send_at: datetime | None
    last_send_status: str | None

    @classmethod
    def of_account(cls, account: ChannelAccount, activity: Activity, now: datetime) -> Self:
        """Return how ``account`` is doing ``now``."""
        integration = account.integration if social.is_connected(account) else None
        return cls(
            **_told(account),
            is_proven=account.proven_at is not None,
            token=TokenOut.of(integration, now) if integration else None,
            last_event_at=activity.last_event_at,
            last_send_at=activity.last_send_at,
            last_send_status=activity.last_send_status,
        )


class SocialStatusList(BaseModel):
    """How each account of the channel is doing, oldest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown({"items": [examples.SOCIAL_STATUS]}))

    items: list[SocialStatusOut]


def _told(account: ChannelAccount) -> dict[str, Any]:
    integration = account.integration if social.is_connected(account) else None
    return {
        **AccountOut.of(account).model_dump(),
        "channel": account.channel,
        "integration_id": integration.id if integration else None,
        "is_connected": integration is not None,
        "is_enabled": bool(integration and integration.is_enabled),
        "is_simulated": bool(integration and integration.base_url),
    }
