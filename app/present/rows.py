"""The conversation list: its tabs and rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from app.channels import registry
from app.inbox.lines import Line
from app.inbox.window import window_of
from app.locale import gettext as _
from app.locale import ngettext
from app.models.states import NEEDS_ATTENTION, ConversationStatus, Direction, MessageStatus
from app.present.chips import Chip, chip
from app.present.kinds import describe
from app.present.people import CHANNEL_NAMES, hue_of, initials, named
from app.present.sent import Sent, sent
from app.present.snippets import Piece
from app.present.times import (
    DAY,
    ago,
    clock_time,
    coming,
    day_of,
    exact,
    format_moment,
    from_milliseconds,
    left,
)
from app.present.views import bounded

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


class Assignee(NamedTuple):
    """Whose work a conversation is: two letters, and the same in words."""

    initials: str
    words: str


class Match(NamedTuple):
    """The message that a search found: its place in the thread, and the part with the words."""

    message_id: int
    position_at: int
    pieces: tuple[Piece, ...]


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
    problem: str | None
    chip: Chip
    waits: Chip | None
    snoozed: Chip | None
    assignee: Assignee | None
    unread: int
    attention: str | None
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
    line: Line,
    now: datetime,
    *,
    mark: int | None = None,
    match: Match | None = None,
) -> Row:
    """Return a conversation as a row of the list; ``mark`` is how far the reader has read."""
    name = named(line.name, line.username, line.channel, line.identity)
    moment = line.last_message_at or line.created_at
    if match is not None:
        moment = from_milliseconds(match.position_at)
    is_ours = line.preview_direction == Direction.OUTBOUND
    return Row(
        id=line.id,
        channel=line.channel,
        name=name,
        initials=initials(name),
        hue=hue_of(line),
        ago=ago(moment, now),
        exact=exact(moment),
        iso=moment.isoformat(),
        preview=line.preview or describe(line.preview_kind),
        is_ours=is_ours,
        sent=sent(line.preview_status) if is_ours else None,
        problem=_problem(line.preview_status) if is_ours else None,
        chip=_window(line, now),
        waits=_waits(line.waiting_since, now),
        snoozed=_snoozed(line, now),
        assignee=_assignee(line.assignee) if line.assignee else None,
        unread=line.unread_count,
        attention=_attention(line, is_ours=is_ours),
        is_new=_is_new(line, mark),
        match=match,
    )


def _window(line: Line, now: datetime) -> Chip:
    policy = registry.channel(line.channel).window
    human_agent = bool(line.human_agent)
    found = window_of(policy, line.window_opened_at, now, human_agent=human_agent)
    return chip(found, now, is_waiting=line.waiting_since is not None)


def _problem(status: str) -> str | None:
    """Return what stands before a message that a person must look at."""
    if status == MessageStatus.FAILED:
        return _("Not sent:")
    if status == MessageStatus.UNCONFIRMED:
        return _("Unconfirmed:")
    return _("Discarded:") if status == MessageStatus.DISCARDED else None


def _assignee(name: str) -> Assignee:
    return Assignee(initials(name), _("Assigned to %(name)s", name=name))


def _attention(line: Line, *, is_ours: bool) -> str | None:
    """Return how many messages wait for a decision, where the row does not say it already."""
    if not line.attention_count or (is_ours and line.preview_status in NEEDS_ATTENTION):
        return None
    return ngettext("%(num)s needs a decision", "%(num)s need a decision", line.attention_count)


def _is_new(line: Line, mark: int | None) -> bool:
    """Say whether the customer wrote after ``mark``; who was never here follows the team."""
    if line.preview_direction != Direction.INBOUND:
        return False
    return line.unread_count > 0 if mark is None else mark < line.position_at


def _waits(since: datetime | None, now: datetime) -> Chip | None:
    """Return how long the customer has been waiting for an answer, from the first minute on."""
    if since is None or now - since < timedelta(minutes=1):
        return None
    words = _("waits %(time)s", time=left(now - since))
    return Chip(words, "", _("Waiting for an answer since %(time)s.", time=exact(since)))


def _snoozed(line: Line, now: datetime) -> Chip | None:
    until = line.snoozed_until
    if line.status != ConversationStatus.SNOOZED or until is None:
        return None
    distance = day_of(until) - day_of(now)
    if not distance:
        words = clock_time(until)
    elif distance == DAY:
        words = coming(until, now)
    else:
        words = format_moment(until, "EEE HH:mm" if until - now < WEEK else "d MMM")
    return Chip(
        _("until %(time)s", time=words), "", _("Snoozed until %(time)s.", time=exact(until))
    )
