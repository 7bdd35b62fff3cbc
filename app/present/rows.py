"""The conversation list: its tabs and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.locale import gettext as _
from app.models import Conversation
from app.models.states import ConversationStatus, Direction, MessageStatus
from app.present.bubbles import status_words
from app.present.chips import Chip, window_chip
from app.present.kinds import describe
from app.present.people import CHANNEL_NAMES, hue_of, initials, name_of
from app.present.snippets import Piece
from app.present.times import ago, clock_time, day_of, exact, format_moment, from_milliseconds, left
from app.present.views import bounded

ICONS = {
    MessageStatus.QUEUED: "clock",
    MessageStatus.HELD: "pause",
    MessageStatus.SENDING: "sending",
    MessageStatus.SENT: "sent",
    MessageStatus.DELIVERED: "delivered",
    MessageStatus.READ: "delivered",
    MessageStatus.PLAYED: "delivered",
    MessageStatus.FAILED: "warn",
    MessageStatus.UNCONFIRMED: "unsure",
    MessageStatus.DISCARDED: "gone",
}
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tab:
    """One channel, or all (``channel`` None), with how many conversations are unread."""

    channel: str | None
    name: str
    unread: int

    @property
    def count(self) -> str:
        """Return the number as there is room for it: "99+" for many."""
        return bounded(self.unread)


@dataclass(frozen=True, slots=True)
class Sent:
    """How our own last message stands: its icon, and the same in words."""

    status: str
    icon: str
    words: str


@dataclass(frozen=True, slots=True)
class Match:
    """The message that a search found: its place in the thread, and the part with the words."""

    message_id: int
    position_at: int
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation in the list.

    ``sent`` is set where we wrote last. ``unread`` is the team's count; ``is_new`` says that
    there is something the reader has not seen.
    """

    id: int
    channel: str
    name: str
    initials: str
    hue: str
    ago: str
    exact: str
    iso: str
    preview: str
    is_ours: bool
    sent: Sent | None
    chip: Chip
    waits: Chip | None
    snoozed: Chip | None
    assignee: str | None
    unread: int
    attention: int
    is_new: bool
    match: Match | None

    @property
    def count(self) -> str:
        """Return the team's count as there is room for it: "99+" for many."""
        return bounded(self.unread)


def tabs(unread: Mapping[str, int]) -> list[Tab]:
    """Return the tabs: all channels, then each."""
    everything = Tab(None, _("All"), sum(unread.values()))
    return [
        everything,
        *(Tab(channel, name, unread.get(channel, 0)) for channel, name in CHANNEL_NAMES.items()),
    ]


def row(
    conversation: Conversation,
    now: datetime,
    *,
    mark: int | None = None,
    match: Match | None = None,
) -> Row:
    """Return a conversation as a row of the list; ``mark`` is how far the reader has read."""
    name = name_of(conversation)
    moment = conversation.last_message_at or conversation.created_at
    if match is not None:
        moment = from_milliseconds(match.position_at)
    is_ours = conversation.preview_direction == Direction.OUTBOUND
    return Row(
        id=conversation.id,
        channel=conversation.channel,
        name=name,
        initials=initials(name),
        hue=hue_of(conversation),
        ago=ago(moment, now),
        exact=exact(moment),
        iso=moment.isoformat(),
        preview=conversation.preview or describe(conversation.preview_kind),
        is_ours=is_ours,
        sent=_sent(conversation.preview_status) if is_ours else None,
        chip=window_chip(conversation, now),
        waits=_waits(conversation, now),
        snoozed=_snoozed(conversation, now),
        assignee=conversation.assignee.name if conversation.assignee else None,
        unread=conversation.unread_count,
        attention=conversation.attention_count,
        is_new=_is_new(conversation, mark),
        match=match,
    )


def _sent(status: str) -> Sent:
    return Sent(status, ICONS[MessageStatus(status)], status_words(status))


def _is_new(conversation: Conversation, mark: int | None) -> bool:
    """Say whether the customer wrote after ``mark``; who was never here follows the team."""
    if conversation.preview_direction != Direction.INBOUND:
        return False
    return conversation.unread_count > 0 if mark is None else mark < conversation.position_at


def _waits(conversation: Conversation, now: datetime) -> Chip | None:
    """Return how long the customer has been waiting for an answer, from the first minute on."""
    since = conversation.waiting_since
    if since is None or now - since < timedelta(minutes=1):
        return None
    words = _("waits %(time)s", time=left(now - since))
    return Chip(words, "", _("Waiting for an answer since %(time)s.", time=exact(since)))


def _snoozed(conversation: Conversation, now: datetime) -> Chip | None:
    until = conversation.snoozed_until
    if conversation.status != ConversationStatus.SNOOZED or until is None:
        return None
    if day_of(until) == day_of(now):
        words = clock_time(until)
    else:
        words = format_moment(until, "EEE HH:mm" if until - now < WEEK else "d MMM")
    return Chip(
        _("until %(time)s", time=words), "", _("Snoozed until %(time)s.", time=exact(until))
    )
