"""The reply window in words and a colour that says the same."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from app.inbox.window import Window, WindowState, window_for
from app.locale import gettext as _
from app.models import Conversation
from app.present.times import SOON, exact, left


class Chip(NamedTuple):
    """A few words with a tone: ok, soon, human, closed or quiet."""

    text: str
    tone: str
    title: str


def window_chip(conversation: Conversation, now: datetime, *, is_long: bool = False) -> Chip:
    """Return the reply window as a chip; ``is_long`` is for where there is room."""
    is_waiting = conversation.waiting_since is not None
    return chip(window_for(conversation, now), now, is_waiting=is_waiting, is_long=is_long)


def chip(found: Window, now: datetime, *, is_waiting: bool, is_long: bool = False) -> Chip:
    """Return a window as a chip; ``is_waiting`` says that the customer spoke last."""
    if found.closes_at is None:
        return Chip(_("not open"), "quiet", _("The customer has not written yet."))
    until = exact(found.closes_at)
    if found.state == WindowState.CLOSED:
        tone = "closed" if is_waiting else "quiet"
        text = _("Window closed") if is_long else _("closed")
        return Chip(text, tone, _("The time to reply ended %(time)s.", time=until))
    time_left = left(found.closes_at - now)
    if found.state == WindowState.HUMAN_AGENT:
        title = _("Only replies written by a person are allowed until %(time)s.", time=until)
        return Chip(_("human reply, %(time)s left", time=time_left), "human", title)
    text = _("%(time)s to reply", time=time_left) if is_long else _("%(time)s left", time=time_left)
    tone = "soon" if found.closes_at - now < SOON else "ok"
    return Chip(text, tone, _("You can reply until %(time)s.", time=until))
