"""What differs from channel to channel."""

from typing import Any, Literal, Protocol

from simulator.model import Account, Contact, Customer, Document, Message

Format = Literal["messaging", "changes", "standby"]
Item = dict[str, Any]
Payload = dict[str, Any]


class Action(Document):
    """Something a customer does on the phone; which keys matter depends on `kind`.

    `mid` names the message that a reply, reaction, seen, unsend or edit speaks of (default: the
    latest one that can be meant), `num_edit` how often it was edited by now. `raw` is the
    distinguishing part of any webhook item.
    """

    kind: str = "text"
    text: str | None = None
    type: str = "image"
    url: str | None = None
    title: str = "Opening hours?"
    payload: str = "HOURS"
    mid: str | None = None
    num_edit: int = 1
    emoji: str = "❤️"
    reaction: str = "love"
    ref: str = "summer"
    raw: dict[str, Any] | None = None
    at_ms: int | None = None


class Platform(Protocol):
    """A channel's shapes: webhooks, message ids, limits and answers."""

    about: frozenset[str]
    """Kinds of action that speak of an earlier message."""
    opens_window: frozenset[str]
    """Kinds of action after which the business may answer freely for 24 hours."""

    def kinds(self) -> tuple[str, ...]:
        """Every kind of action a customer can do."""

    def new_mid(self, *, long: bool) -> str: ...

    def item(self, action: Action, mid: str) -> Item:
        """The distinguishing part of the event; raises KeyError for an unknown kind."""

    def echo(self, mid: str, message: Payload) -> Item:
        """The distinguishing part of an echo of what the business sent."""

    def addressed(self, account: Account, contact: Contact, item: Item, at_ms: int) -> Item:
        """The whole item: who, to whom, when and what."""

    def body(self, entries: list[tuple[Account, list[Item]]], now_ms: int, form: Format) -> Payload:
        """A webhook's body with one entry per pair."""

    def test_payload(self, form: Format, now_ms: int) -> Payload:
        """What the dashboard's Test button sends."""

    def check_message(self, message: object) -> None:
        """Raises GraphError when the message could not be sent to anybody."""

    def answer(self, contact: Contact, mid: str | None) -> Payload:
        """What the Send API answers."""

    def profile(self, contact: Contact, customer: Customer, picture: str) -> Payload:
        """Every field of a profile lookup."""

    def past(self, message: Message) -> Payload:
        """What the Conversations API tells of a message beside its text."""

    def account(self, account: Account, picture: str) -> Payload:
        """Every field of the business account itself."""
