"""How the sending of a message went, in words: a line for all that happened, in its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.inbox.timeline import Timeline
from app.locale import gettext as _
from app.models import Delivery, DeliveryAttempt, DeliveryStep, Message
from app.models.states import DeliveryState, Evidence, MessageStatus, StepKind
from app.present.sent import Sent, sent
from app.present.times import exact, format_moment

ENDED = frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DISCARDED})


@dataclass(frozen=True, slots=True)
class Line:
    """What happened at a moment; ``facts`` are names and values, ``words`` are Meta's."""

    at: datetime
    title: str
    icon: str = "clock"
    facts: tuple[tuple[str, str], ...] = ()
    words: str | None = None

    @property
    def time(self) -> str:
        """Return the time of day with seconds."""
        return format_moment(self.at, "HH:mm:ss")

    @property
    def exact(self) -> str:
        """Return date, time and zone."""
        return exact(self.at)


@dataclass(frozen=True, slots=True)
class Shown:
    """The sending of a message: how it stands, what says so, and all that happened."""

    message: Message
    status: Sent
    because: str | None
    lines: list[Line]


def shown(found: Timeline) -> Shown:
    """Return the sending of a message as people see it."""
    delivery = found.delivery
    lines = [
        Line(delivery.created_at, _queued(found.message)),
        *(_attempt(one, delivery) for one in found.attempts),
        *(_step(one) for one in found.steps),
    ]
    return Shown(
        found.message,
        sent(MessageStatus(found.message.status)),
        _because(delivery),
        sorted(lines, key=lambda line: line.at),
    )


def _queued(message: Message) -> str:
    if message.author is None:
        return _("Queued by a program")
    return _("Queued by %(name)s", name=message.author.name)


def _because(delivery: Delivery) -> str | None:
    if delivery.state not in ENDED or delivery.settled_by is None:
        return None
    return {
        Evidence.ANSWER: _("Meta's answer says so."),
        Evidence.ECHO: _("Meta's echo of the message proves it."),
        Evidence.HISTORY: _("It stands in the conversation at Meta's."),
        Evidence.PERSON: _("A person decided so."),
    }[Evidence(delivery.settled_by)]


def _attempt(one: DeliveryAttempt, delivery: Delivery) -> Line:
    is_latest = one.number == delivery.attempts and delivery.state == DeliveryState.SENDING
    title, icon = {
        "sent": (_("Attempt %(n)d: Meta took it", n=one.number), "sent"),
        "retry": (_("Attempt %(n)d: refused, tried again later", n=one.number), "clock"),
        "throttled": (_("Attempt %(n)d: Meta asked to wait", n=one.number), "clock"),
        "held": (_("Attempt %(n)d: refused with the connection", n=one.number), "pause"),
        "failed": (_("Attempt %(n)d: refused", n=one.number), "warn"),
        "unconfirmed": (_("Attempt %(n)d: no clear answer", n=one.number), "unsure"),
    }.get(one.outcome) or (
        (_("Attempt %(n)d: on its way", n=one.number), "sending")
        if is_latest
        else (_("Attempt %(n)d: its answer was not noted", n=one.number), "unsure")
    )
    return Line(one.started_at, title, icon, tuple(_facts(one)), one.error_message)


def _facts(one: DeliveryAttempt) -> list[tuple[str, str]]:
    code = f"{one.code}/{one.subcode}" if one.subcode else one.code
    known = [
        (_("Address"), one.endpoint),
        (_("Tag"), one.tag),
        (_("HTTP status"), one.http_status),
        (_("Meta's code"), code),
        (_("Meta's trace id"), one.trace_id),
        (_("Took"), None if one.duration_ms is None else _took(one.duration_ms)),
    ]
    return [(name, str(value)) for name, value in known if value is not None]


def _took(milliseconds: int) -> str:
    if milliseconds < 1000:  # noqa: PLR2004
        return _("%(n)d ms", n=milliseconds)
    return _("%(n)s s", n=f"{milliseconds / 1000:.1f}")


def _step(one: DeliveryStep) -> Line:
    who = one.user.name if one.user else _("a program")
    title, icon = {
        StepKind.RETRIED: (_("%(name)s asked to send it again", name=who), "person"),
        StepKind.DISCARDED: (_("%(name)s discarded it", name=who), "gone"),
        StepKind.ARRIVED: (_("%(name)s said that it arrived", name=who), "person"),
        StepKind.ECHOED: (_("Meta's echo came: it was sent"), "sent"),
        StepKind.FOUND: (_("Read the conversation at Meta's: it is there"), "sent"),
        StepKind.ABSENT: (_("Read the conversation at Meta's: it is not there"), "search"),
        StepKind.UNREADABLE: (_("The conversation could not be read at Meta's"), "warn"),
    }[StepKind(one.kind)]
    return Line(one.at, title, icon, words=one.detail)
