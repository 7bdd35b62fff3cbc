"""What is known of a message that may or may not have been sent, in sentences."""

from __future__ import annotations

from dataclasses import dataclass

from app.inbox.doubts import Doubt
from app.locale import gettext as _
from app.present.times import clock_time


@dataclass(frozen=True, slots=True)
class Question:
    """What is known, and whether a person is asked now."""

    is_asked: bool
    facts: list[str]


def question(doubt: Doubt) -> Question:
    """Return what to tell, and to ask, about a message."""
    facts = [_answer(doubt)]
    if not doubt.is_asked:
        return Question(
            is_asked=False,
            facts=[*facts, _("Inlet is asking Meta for it; that takes up to a minute.")],
        )
    facts.append(_("No echo came within a minute."))
    if doubt.looked_at is not None:
        facts.append(_look(doubt, clock_time(doubt.looked_at)))
    return Question(is_asked=True, facts=facts)


def _answer(doubt: Doubt) -> str:
    if doubt.http_status is not None:
        return _("Meta answered nothing certain (HTTP %(n)d).", n=doubt.http_status)
    if doubt.took is None:
        return _("Inlet was stopped before Meta's answer was noted.")
    seconds = round(doubt.took.total_seconds())
    return _("Meta did not answer in %(n)d s.", n=seconds) if seconds else _("The answer was lost.")


def _look(doubt: Doubt, time: str) -> str:
    if doubt.was_read:
        return _("Read the conversation at Meta's at %(time)s: it is not there.", time=time)
    return _("The conversation could not be read at Meta's at %(time)s.", time=time)
