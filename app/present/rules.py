"""What a person must know before writing: whether an answer can be sent now, and how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.channels.explain import Explanation
from app.inbox import broken
from app.inbox.window import Window, WindowState, window_for
from app.locale import gettext as _
from app.locale import translated
from app.models import Conversation
from app.present.times import short


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that holds now; ``tone`` is "human", "closed" or "bad". ``blocks``: nothing is sent.

    ``page`` is the docs page that says more.
    """

    tone: str
    title: str
    text: str
    page: str
    blocks: bool


def rule(
    conversation: Conversation, now: datetime, *, has_token: bool, waits_until: datetime | None
) -> Rule | None:
    """Return the rule for answering the customer; None where anything may be written.

    ``waits_until`` is until when Meta makes what was written wait.
    """
    integration = conversation.account.integration
    if integration is None or integration.deleted_at or not integration.is_enabled:
        return _switched_off()
    window = window_for(conversation, now)
    if window.state == WindowState.CLOSED:
        return _closed(window)
    told = broken.why(integration)
    if told is not None:
        return _broken(told)
    if not has_token:
        return _no_token()
    if waits_until is not None:
        return _slowed(waits_until)
    return _human(window) if window.state == WindowState.HUMAN_AGENT else None


def _switched_off() -> Rule:
    return Rule(
        tone="bad",
        title=_("This channel is switched off."),
        text=_(
            "Nothing can be sent until an admin connects it again. "
            "What is held waits while the reply window is open."
        ),
        page="connect-instagram.md",
        blocks=True,
    )


def _broken(told: Explanation) -> Rule:
    return Rule(
        tone="bad",
        title=translated(told.sentence),
        text=_(
            "What you send is kept and goes out when an admin has connected the account again, "
            "if the reply window is still open."
        ),
        page=told.page,
        blocks=False,
    )


def _slowed(until: datetime) -> Rule:
    return Rule(
        tone="human",
        title=_("Waiting: Meta slows us down until %(time)s.", time=short(until)),
        text=_("What you send keeps its place and goes out by itself."),
        page="troubleshooting.md#slowed-down",
        blocks=False,
    )


def _no_token() -> Rule:
    return Rule(
        tone="bad",
        title=_("The connection has no access token."),
        text=_(
            "What you send is kept and goes out when an admin has entered a token, "
            "if the reply window is still open."
        ),
        page="troubleshooting.md#invalid-access-token",
        blocks=False,
    )


def _closed(window: Window) -> Rule:
    if window.closes_at is None:
        text = _("It opens when the customer writes.")
    else:
        text = _(
            "The time to answer ended %(time)s. It opens when the customer writes again.",
            time=short(window.closes_at),
        )
    return Rule(
        tone="closed",
        title=_("The reply window is closed."),
        text=text,
        page="troubleshooting.md#window-closed",
        blocks=True,
    )


def _human(window: Window) -> Rule:
    until = short(window.closes_at) if window.closes_at else ""
    return Rule(
        tone="human",
        title=_("Meta allows a person to answer until %(time)s.", time=until),
        text=_("Promotional content is forbidden."),
        page="troubleshooting.md#window-closed",
        blocks=False,
    )
