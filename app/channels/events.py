"""What happened on a channel, in the past tense and in our own words.

A channel's ``parse`` turns each item of a webhook body into one of these frozen values.
Times are aware UTC; ids are Meta's and therefore strings. Text is already clean: no NUL and no
lone surrogates, so that any database column takes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that came with a message: ``kind`` is image, video, audio, file, sticker or share."""

    kind: str
    url: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says: on which of our accounts, with whom, when.

    ``account`` is the channel's id of our account, ``person`` the channel's id of the customer
    (None where the item names nobody), ``occurred_at`` the provider's time (None where the item
    has none that can be true). ``recovered`` says that no webhook brought it: it was read from
    the conversation at the provider. ``after_gap`` says that earlier ones may be missing there.
    """

    account: str
    person: str | None
    occurred_at: datetime | None
    recovered: bool = False
    after_gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Event):
    """The customer wrote. ``kind`` is a message kind of the contract: text, image, share, etc."""

    external_id: str
    kind: str
    text: str | None = None
    files: tuple[ReceivedFile, ...] = ()
    reply_to: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postback(Event):
    """The customer tapped a button, an ice-breaker or a menu entry.

    ``external_id`` is None in old payloads that carry no message id.
    """

    external_id: str | None
    title: str
    payload: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEchoed(Event):
    """Somebody answered as the business: we, another app, or a colleague in the phone app.

    ``mark`` is what the sender gave the message to carry and get back (Meta's ``metadata``).
    """

    external_id: str
    kind: str
    text: str | None = None
    files: tuple[ReceivedFile, ...] = ()
    reply_to: str | None = None
    app_id: str | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """Something the channel does not translate yet: kept, shown as unsupported, raw item at hand.

    ``name`` says what Meta calls it ("reaction", "message_edit", "is_unsupported", …);
    ``external_id`` is set where the item is a message of its own, and None where it speaks about
    another one. ``visible`` is False for items that are no deed of the customer (receipts,
    hand-over notes): they end as ignored with their name as the reason. ``opens_window`` is True
    where the deed lets the business answer.
    """

    name: str
    external_id: str | None = None
    visible: bool = True
    by_us: bool = False
    opens_window: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReceived(Event):
    """The dashboard's Test button was pressed: constants of Meta's, no customer behind them."""

    __test__ = False  # pytest: not a test class

    name: str
