"""What stands beside an open conversation: who this is, and what was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import format_date, format_decimal

from app.inbox.pages import Place
from app.locale import gettext as _
from app.locale import ngettext
from app.models import CommunicationLog, ContactNote, Conversation, Lead
from app.models.states import ConversationStatus, LeadStage
from app.present.kinds import describe
from app.present.people import CHANNEL_NAMES
from app.present.times import ago, day, day_name, day_of, exact

MOST_DAYS = 20


@dataclass(frozen=True, slots=True)
class When:
    """A moment: short, exact, and for machines."""

    words: str
    exact: str
    iso: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a lead, to choose from."""

    value: str
    name: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class LeadLine:
    """The newest lead with its stages; ``closed`` is when it was won or lost."""

    id: int
    name: str
    stages: list[Stage]
    closed: When | None


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note with its author; a person may delete their own."""

    id: int
    text: str
    author: str
    when: When
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Other:
    """Another conversation of the same person."""

    id: int
    channel: str
    place: str
    is_simulated: bool
    status: str
    when: When


@dataclass(frozen=True, slots=True)
class Passed:
    """What passed on one day on one channel: the message, where it was one, else how many."""

    channel: str
    channel_name: str
    words: str
    is_quoted: bool
    when: When


def when(moment: datetime, words: str) -> When:
    """Return ``moment`` under the given words."""
    return When(words, exact(moment), moment.isoformat())


def followers(count: int | None) -> str | None:
    """Return how many follow the person, in words."""
    if count is None:
        return None
    shown = format_decimal(count)
    return ngettext("%(shown)s follower", "%(shown)s followers", count, shown=shown)


def lead_line(lead: Lead | None) -> LeadLine | None:
    """Return a lead as it is drawn, None for none."""
    if lead is None:
        return None
    names = stage_names()
    stages = [Stage(stage, name, stage == lead.stage) for stage, name in names.items()]
    closed = when(lead.closed_at, day(lead.closed_at)) if lead.closed_at else None
    return LeadLine(lead.id, names[LeadStage(lead.stage)], stages, closed)


def stage_names() -> Mapping[LeadStage, str]:
    """Return the stages in words, in their order."""
    return {
        LeadStage.NEW: _("New"),
        LeadStage.CONTACTED: _("Contacted"),
        LeadStage.QUALIFIED: _("Qualified"),
        LeadStage.NEGOTIATION: _("Negotiation"),
        LeadStage.WON: _("Won"),
        LeadStage.LOST: _("Lost"),
    }


def note_line(note: ContactNote, my_id: int | None, now: datetime) -> NoteLine:
    """Return a note as the person with the id ``my_id`` sees it."""
    return NoteLine(
        id=note.id,
        text=note.text,
        author=note.author.name if note.author else _("a program"),
        when=when(note.created_at, ago(note.created_at, now)),
        is_mine=my_id is not None and note.author_id == my_id,
    )


def other(conversation: Conversation, now: datetime) -> Other:
    """Return another conversation of the person as a line."""
    account = conversation.account
    name = CHANNEL_NAMES.get(conversation.channel, conversation.channel)
    moment = conversation.last_message_at or conversation.created_at
    return Other(
        id=conversation.id,
        channel=conversation.channel,
        place=f"{name} · {account.name or account.external_id}",
        is_simulated=bool(account.integration and account.integration.base_url),
        status=_status(conversation.status),
        when=when(moment, ago(moment, now)),
    )


def passed(
    lines: Sequence[CommunicationLog], next_place: Place | None, now: datetime
) -> tuple[list[Passed], int]:
    """Return what passed by day and channel, and how many of ``lines`` that tells of.

    The last day is left for the next page where it may go on there; alone, it says "more than".
    """
    days: dict[date, dict[str, list[CommunicationLog]]] = {}
    for line in lines:
        channels = days.setdefault(day_of(line.occurred_at), {})
        channels.setdefault(line.channel, []).append(line)
    shown = list(days.items())
    goes_on = next_place is not None
    if goes_on and len(shown) > 1:
        shown.pop()
        goes_on = False
    shown = shown[:MOST_DAYS]
    found = [
        _passed(channel, of_day, now, goes_on=goes_on)
        for _day, channels in shown
        for channel, of_day in channels.items()
    ]
    return found, sum(len(one) for _day, channels in shown for one in channels.values())


def _passed(
    channel: str, lines: Sequence[CommunicationLog], now: datetime, *, goes_on: bool
) -> Passed:
    count, moment = len(lines), lines[0].occurred_at
    if count == 1:
        words = _summary(lines[0].summary)
    elif goes_on:
        words = _("more than %(count)s messages", count=format_decimal(count))
    else:
        words = ngettext("%(num)s message", "%(num)s messages", count)
    return Passed(
        channel=channel,
        channel_name=CHANNEL_NAMES.get(channel, channel),
        words=words,
        is_quoted=count == 1,
        when=when(moment, _day_name(moment, now)),
    )


def _day_name(moment: datetime, now: datetime) -> str:
    """Return Today, Yesterday or the date, short."""
    its_day, today = day_of(moment), day_of(now)
    if today - its_day <= timedelta(days=1):
        return day_name(its_day, now)
    return str(format_date(its_day, "d MMM" if its_day.year == today.year else "d MMM y"))


def _summary(summary: str) -> str:
    """Return a line's summary; the kind stands there where a message has no text."""
    known = describe(summary)
    return summary if known == describe("") and summary != "unsupported" else known


def _status(status: str) -> str:
    return {
        ConversationStatus.OPEN: _("Open"),
        ConversationStatus.PENDING: _("Pending"),
        ConversationStatus.SNOOZED: _("Snoozed"),
        ConversationStatus.RESOLVED: _("Resolved"),
        ConversationStatus.ARCHIVED: _("Archived"),
    }[ConversationStatus(status)]
