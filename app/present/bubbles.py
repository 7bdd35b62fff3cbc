"""The messages of a thread, as bubbles under their days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlsplit

from app.inbox.doubts import Doubt
from app.inbox.errors import Trouble
from app.inbox.reply import trouble_with
from app.locale import gettext as _
from app.models import Attachment, Message
from app.models.states import NEEDS_ATTENTION, Direction
from app.present import texts
from app.present.deeds import Deeds, deeds
from app.present.doubts import Question, question
from app.present.kinds import describe, describe_file
from app.present.people import CHANNEL_NAMES
from app.present.sent import Sent, sent
from app.present.times import clock_time, day_name, day_of, exact, from_milliseconds, short

LATE = timedelta(minutes=1)
RUN = timedelta(minutes=5)
QUOTE_LENGTH = 140


@dataclass(frozen=True, slots=True)
class FileLine:
    """An attachment; ``url`` is Meta's address, None where it gave none."""

    name: str
    kind: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it is shown, with date, seconds and zone, and as machines read it."""

    text: str
    exact: str
    iso: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as it is drawn.

    ``begins`` says that another side spoke before, or longer ago. ``look`` is "", "blank" (a
    text of which nothing can be seen) or "emoji" (a few of them alone). ``has_links``: the text
    may hold some. ``time`` is that of its place; ``sent_later`` when one of ours went out, where
    that was clearly later. ``sent`` is set for our own ones, except those with a ``trouble``;
    ``question`` where nobody knows whether it was sent; ``deeds`` is what can be done about either.
    """

    message: Message
    is_ours: bool
    begins: bool
    look: str
    has_links: bool
    label: str | None
    files: list[FileLine]
    quote: str | None
    time: Moment
    sent_later: Moment | None
    late: str | None
    recovered: str | None
    author: str | None
    sent: Sent | None
    trouble: Trouble | None
    question: Question | None
    deeds: Deeds

    @property
    def classes(self) -> str:
        """Return the CSS classes that say how it looks and, of ours, who but a person wrote it.

        "from-app" is from the channel's own app, "from-program" from the API.
        """
        found = ["out", self.message.status] if self.is_ours else ["in"]
        if self.is_ours and self.message.via == "app":
            found.append("from-app")
        elif self.is_ours and self.message.author is None:
            found.append("from-program")
        if self.begins:
            found.append("begins")
        return " ".join([*found, self.look] if self.look else found)


@dataclass(frozen=True, slots=True)
class Day:
    """The messages of one day."""

    name: str
    bubbles: list[Bubble]


def days(
    messages: Sequence[Message],
    channel: str,
    now: datetime,
    doubts: Mapping[int, Doubt],
    *,
    is_blocked: bool = False,
    is_slowed: bool = False,
) -> list[Day]:
    """Return the messages under their days, in their order, with the ``doubts`` about them.

    ``is_blocked`` says that nothing can be sent now, ``is_slowed`` that what is queued waits by
    Meta's wish.
    """
    known = {one.external_id: one for one in messages if one.external_id}
    pairs = zip([None, *messages], messages, strict=False)
    bubbles = [
        _bubble(
            one,
            channel,
            known,
            doubts.get(one.id),
            begins=_begins(last, one),
            is_blocked=is_blocked,
            is_slowed=is_slowed,
        )
        for last, one in pairs
    ]
    grouped = groupby(bubbles, lambda one: day_of(from_milliseconds(one.message.position_at)))
    return [Day(day_name(day, now), list(found)) for day, found in grouped]


def day_at(place: int, now: datetime) -> str:
    """Return the name of the day on which a message at ``place`` stands."""
    return day_name(day_of(from_milliseconds(place)), now)


def _begins(last: Message | None, message: Message) -> bool:
    """Say whether a message begins a run of messages of one side."""
    if last is None or (last.direction, last.via) != (message.direction, message.via):
        return True
    return message.position_at - last.position_at > RUN.total_seconds() * 1000


def _bubble(
    message: Message,
    channel: str,
    known: Mapping[str, Message],
    doubt: Doubt | None,
    *,
    begins: bool,
    is_blocked: bool,
    is_slowed: bool,
) -> Bubble:
    moment = from_milliseconds(message.position_at)
    is_ours = message.direction != Direction.INBOUND
    is_bad = message.status in NEEDS_ATTENTION
    quoted = known.get(message.reply_to) if message.reply_to else None
    trouble = trouble_with(message) if is_bad else None
    asked = question(doubt) if doubt else None
    return Bubble(
        message=message,
        is_ours=is_ours,
        begins=begins,
        look=_look(message.text or ""),
        has_links=texts.may_hold_link(message.text or ""),
        label=_label(message),
        files=[_file_line(one, message) for one in message.attachments],
        quote=_quote(quoted) if quoted else None,
        time=Moment(clock_time(moment), exact(moment), moment.isoformat()),
        sent_later=_sent_later(message, moment) if is_ours else None,
        late=_late(message),
        recovered=_recovered(message),
        author=_author(message, channel) if is_ours else None,
        sent=sent(message.status) if is_ours and not is_bad else None,
        trouble=trouble,
        question=asked,
        deeds=deeds(
            message.status,
            trouble.kind if trouble else "",
            asked,
            is_blocked=is_blocked,
            is_slowed=is_slowed,
        ),
    )


def _look(text: str) -> str:
    if texts.is_blank(text):
        return "blank"
    return "emoji" if texts.is_emoji(text) else ""


def _label(message: Message) -> str | None:
    """Return what the message is where its text alone does not say it."""
    if message.kind in ("text", "unsupported", "template") or (
        message.attachments and message.kind not in ("story_reply", "story_mention")
    ):
        return None
    return _("Tapped") if message.kind == "postback" else describe(message.kind)


def _file_line(file: Attachment, message: Message) -> FileLine:
    is_link = urlsplit(file.source_url or "").scheme in ("http", "https")
    if message.kind in ("story_reply", "story_mention"):
        name = _("Open the story")
    else:
        name = file.title or describe_file(file.kind)
    return FileLine(name, file.kind, file.source_url if is_link else None)


def _quote(quoted: Message) -> str:
    return (quoted.text or describe(quoted.kind))[:QUOTE_LENGTH]


def _sent_later(message: Message, place: datetime) -> Moment | None:
    """Return when an answer went out, where it stands at a ``place`` that is clearly earlier.

    One written where Meta's clock is behind ours stands earlier too, and is not late for that.
    """
    if message.sent_at is None or message.sent_at - max(place, message.received_at) <= LATE:
        return None
    shown = _time_beside(message.sent_at, place)
    return Moment(shown, exact(message.sent_at), message.sent_at.isoformat())


def _late(message: Message) -> str | None:
    """Return when a message of the customer arrived here, where that was clearly later."""
    if message.direction != Direction.INBOUND or message.provider_at is None:
        return None
    if message.received_at - message.provider_at <= LATE:
        return None
    return _time_beside(message.received_at, message.provider_at)


def _time_beside(moment: datetime, other: datetime) -> str:
    """Return a time that is read beside another; its day too where it is not the same."""
    return clock_time(moment) if day_of(moment) == day_of(other) else short(moment)


def _recovered(message: Message) -> str | None:
    """Return what to say of a message that no webhook brought."""
    if not message.details.get("recovered"):
        return None
    if message.details.get("after_gap"):
        return _("Recovered. Older messages may be missing: Meta gives only the newest.")
    return _("Recovered: Meta had not delivered it.")


def _author(message: Message, channel: str) -> str:
    if message.via == "app":
        name = CHANNEL_NAMES.get(channel, channel)
        return _("sent from the %(channel)s app", channel=name)
    if message.author is not None:
        return message.author.name
    return _("by a program")


def last_id(messages: Iterable[Message]) -> int:
    """Return the id of the newest message; 0 where there is none."""
    return max((one.id for one in messages), default=0)
