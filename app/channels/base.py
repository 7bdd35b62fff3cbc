"""The seam of a channel: what the inbox asks of it and what it answers.

A fourth channel is one module with one class of this shape, one line in ``registry.py`` and its
fixtures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime, timedelta

    from app.channels.events import Event
    from app.channels.graph import Graph
    from app.channels.past import Changed, PastMessage


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a webhook body: where it stands and what it says.

    ``path`` leads to the item in its webhook object ("entry.0.messaging.2"; "" is the object
    itself), so that the raw item can be shown later without being stored twice.
    ``registry.items`` puts the index of the object before it ("0.entry.0.messaging.2").
    """

    path: str
    event: Event


@dataclass(frozen=True, slots=True)
class WindowPolicy:
    """How long a business may answer: freely for ``standard``, as a human agent for ``human``."""

    standard: timedelta
    human: timedelta | None = None
    templates: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How much text a message takes: ``text_unit`` is "bytes" (UTF-8) or "characters".

    ``per_second`` are the messages that an account may send in a second.
    """

    text: int
    text_unit: str
    per_second: float

    def length(self, text: str) -> int:
        """Return the length of ``text`` in this channel's unit."""
        return len(text.encode()) if self.text_unit == "bytes" else len(text)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a call to Meta needs: who speaks (``sender_id``), with which token and proof.

    ``login`` is "facebook" (Page token, graph.facebook.com) or "instagram" (Instagram user token,
    graph.instagram.com). ``app_secret`` signs ``appsecret_proof`` where it is known.
    ``base_url`` replaces Meta's host; only the demo sets it. ``channel`` says whose codes an error
    of Meta's is read by; without it those that all channels have in common.
    """

    sender_id: str
    access_token: str
    login: str = "facebook"
    app_secret: str | None = None
    base_url: str | None = None
    channel: str = ""

    def __repr__(self) -> str:
        """Name the sender and nothing secret: tracebacks and logs print this."""
        return f"Credentials(sender_id={self.sender_id!r}, login={self.login!r}, …)"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send: text to one person. ``human_agent`` asks for the human-agent tag.

    ``mark`` is unique to the message. A channel whose echoes or receipts give one back sends it
    along: it proves that the message went through where Meta's answer was lost. It is Meta's
    ``message.metadata`` in Messenger and ``biz_opaque_callback_data`` in WhatsApp.
    """

    to: str
    text: str
    human_agent: bool = False
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """How near an account is to Meta's limits: the share used up, in per cent.

    ``seconds`` says how long Meta takes nothing more; 0 where it does. ``app_percent`` is the
    share of what all accounts of the Meta app have together.
    """

    percent: int
    seconds: float = 0.0
    app_percent: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """Meta accepted a message and gave it an id. ``usage`` is None where Meta did not tell."""

    external_id: str
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What Meta tells about a person; every part may be missing."""

    name: str | None = None
    username: str | None = None
    picture_url: str | None = None
    follower_count: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Something of Meta's that has an id, and the name people know it by."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a token and what it speaks for stand with Meta; None is what Meta did not tell.

    ``account_ids`` are all ids the token speaks for. ``expires_at`` is None too where the token
    never expires: then ``never_expires`` says so. ``missing_scopes`` and ``missing_fields`` are
    what the inbox needs and the token, or the webhook subscription, lacks.
    """

    account_ids: frozenset[str]
    account: Named | None = None
    page: Named | None = None
    expires_at: datetime | None = None
    never_expires: bool = False
    scopes: frozenset[str] | None = None
    missing_scopes: frozenset[str] = frozenset()
    fields: frozenset[str] | None = None
    missing_fields: frozenset[str] = frozenset()


class Channel(Protocol):
    """What the inbox asks of a channel; ``history_size`` is how many messages it shows at most."""

    kind: ClassVar[str]
    objects: ClassVar[frozenset[str]]
    window: ClassVar[WindowPolicy]
    limits: ClassVar[Limits]
    history_size: ClassVar[int]

    def parse(self, body: dict[str, Any]) -> Iterator[Item]:
        """Yield every item of one webhook object, in order. Total: never raises on odd input."""

    def send(self, graph: Graph, who: Credentials, out: Outgoing) -> Sent:
        """Send one message. Raises a :class:`SendError`."""

    def endpoint(self, who: Credentials) -> str:
        """Return the path that :meth:`send` calls; it holds no secret."""

    def profile(self, graph: Graph, who: Credentials, person: str) -> Profile | None:
        """Return what Meta tells about ``person``, or None where it tells nothing."""

    def accounts(self, graph: Graph, who: Credentials, claimed: str) -> frozenset[str]:
        """Return the account ids that the token in ``who`` may read and that belong to ``claimed``.

        This is the proof that whoever holds the token runs the account, and the way from a Page
        to its linked Instagram account. Raises a :class:`SendError`.
        """

    def standing(self, graph: Graph, who: Credentials) -> Standing:
        """Return how the token in ``who`` stands with Meta.

        Raises a :class:`SendError` where the token is refused or Meta cannot be asked.
        """

    def changed(
        self, graph: Graph, who: Credentials, since: datetime, after: str | None = None
    ) -> Changed:
        """Return a page of the conversations that changed at ``since`` or later, newest first.

        ``after`` is the ``next_after`` of the page before. Raises a :class:`SendError`.
        """

    def history(self, graph: Graph, who: Credentials, person: str) -> tuple[PastMessage, ...]:
        """Return the newest messages of the conversation with ``person``, oldest first.

        Only as many as Meta shows. Raises a :class:`SendError`.
        """

    def history_body(self, account: str, messages: Sequence[PastMessage]) -> bytes:
        """Return messages of ``account`` as a body for the log, which ``parse`` reads."""

    def subscribe(self, graph: Graph, who: Credentials, present: Collection[str]) -> frozenset[str]:
        """Subscribe the account, so that its messages are delivered; return the fields it has then.

        ``present`` are those that it has, which stay. Raises a :class:`SendError`.
        """

    def test_body(self, nonce: str) -> bytes:
        """Return a webhook body as the dashboard's Test button sends it, unique by ``nonce``."""
