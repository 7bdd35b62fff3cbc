"""What the simulated world consists of; stored as JSON documents."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator import identifiers

Condition = Literal[
    "token_expired",
    "password_changed",
    "token_revoked",
    "permission_missing",
    "page_access_missing",
    "capability_missing",
    "standard_access",
    "message_access_off",
    "account_restricted",
]

INSTAGRAM_FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_reactions",
    "messaging_seen",
    "messaging_referral",
    "message_edit",
)


class Document(BaseModel):
    """Base of all documents: a misspelt key is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid")


class MetaApp(Document):
    """The app in Meta's dashboard: where webhooks go and with which secret they are signed.

    `instagram_app_secret` is the second secret of Instagram Login; without it `app_secret` serves.
    `user_token` is the token of a person who manages every Page.
    """

    callback_url: str | None = None
    inbox_url: str | None = None
    verify_token: str = ""
    app_id: str = "1000000000000001"
    app_secret: str = ""
    instagram_app_secret: str | None = None
    user_token: str | None = None
    require_proof: bool = False


class Account(Document):
    """A business account: its ids, its token, and what is wrong with it.

    `app_secret` overrides the app's, for worlds in which workspaces bring apps of their own.
    `token_expires_at` is what debug_token tells, in seconds since 1970; None: never.
    """

    channel: Literal["instagram"] = "instagram"
    login: Literal["facebook", "instagram"] = "facebook"
    name: str
    username: str
    instagram_id: str = Field(default_factory=identifiers.instagram_account_id)
    app_scoped_id: str = Field(default_factory=lambda: identifiers.digits(17))
    page_id: str | None = None
    token: str = ""
    token_expires_at: int | None = None
    app_secret: str | None = None
    conditions: list[Condition] = []
    human_agent: bool = False
    subscribed_fields: list[str] = list(INSTAGRAM_FIELDS)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.login == "facebook" and self.page_id is None:
            self.page_id = identifiers.page_id()
        if not self.token:
            self.token = identifiers.token(self.login)
        return self

    @property
    def id(self) -> str:
        """The id by which webhooks name the account."""
        return self.instagram_id

    @property
    def sender_ids(self) -> tuple[str | None, ...]:
        """The ids under which its token may send, beside `me`."""
        return (self.page_id,) if self.login == "facebook" else (self.instagram_id,)


class Customer(Document):
    """A person with a phone.

    `profile` says how a profile lookup ends: with an answer, with 230 or with 9010. `has_role`:
    known to the app as tester, hence reachable with standard access. `language` chooses the phrases
    that the phone suggests (a key of phrases.PHRASES), `followers` is made up when left out.
    """

    name: str | None = None
    username: str
    profile: Literal["shown", "no_consent", "missing"] = "shown"
    blocked: bool = False
    has_role: bool = False
    language: str | None = None
    followers: int | None = Field(default=None, ge=0)


class Contact(BaseModel):
    """A customer as one account knows them: the scoped id and when the window was last opened."""

    igsid: str
    customer_id: int
    account_id: str
    window_opened_ms: int | None = None


class Message(BaseModel):
    """One bubble on a phone; sent and received are the customer's, times in ms."""

    mid: str
    account_id: str
    customer_id: int
    direction: Literal["sent", "received"]
    via: Literal["customer", "api", "app"]
    kind: str
    text: str | None = None
    attachments: list[dict[str, Any]] = []
    at_ms: int
    reaction: str | None = None
    edited: bool = False
    edits: int = 0
    unsent: bool = False
    seen: bool = False
