"""Items of the event log in words: what they are, what became of them, and what comes next."""

from __future__ import annotations

from app.locale import gettext as _
from app.locale import ngettext
from app.models import ExternalEvent
from app.models.states import Outcome

CHIPS = {
    Outcome.APPLIED: "",
    Outcome.PARKED: "soon",
    Outcome.UNROUTABLE: "soon",
    Outcome.FAILED: "bad",
}
"""The look of an outcome's chip; the others are quiet."""


def chip(outcome: str) -> str:
    """Return the class of an outcome's chip."""
    return CHIPS.get(Outcome(outcome), "idle")


def outcome_name(outcome: str) -> str:
    """Return an outcome in a word."""
    return {
        Outcome.PENDING: _("pending"),
        Outcome.APPLIED: _("applied"),
        Outcome.DUPLICATE: _("duplicate"),
        Outcome.IGNORED: _("ignored"),
        Outcome.PARKED: _("parked"),
        Outcome.FAILED: _("failed"),
        Outcome.UNROUTABLE: _("unroutable"),
        Outcome.TEST_RECEIVED: _("test"),
    }[Outcome(outcome)]


def outcome_words(event: ExternalEvent) -> str:
    """Return what became of an item, in a sentence."""
    return {
        Outcome.PENDING: _("It waits to be applied."),
        Outcome.APPLIED: _("It has had its effect in the inbox."),
        Outcome.DUPLICATE: _("It was in the inbox already, so it changed nothing."),
        Outcome.IGNORED: _("There is nothing in it for the inbox."),
        Outcome.PARKED: _("It could not be applied, and is tried again by itself."),
        Outcome.FAILED: _(
            "It could not be applied, and is not tried again by itself. Repair the cause, then "
            "replay it."
        ),
        Outcome.UNROUTABLE: _(
            "No account may have it. It is applied by itself once its account is connected."
        ),
        Outcome.TEST_RECEIVED: _("Somebody pressed Test in Meta's dashboard: it works."),
    }[Outcome(event.outcome)]


def kinds() -> dict[str, str]:
    """Return the kinds one may filter by, in words."""
    return {
        "message_received": _("Message from a customer"),
        "message_echoed": _("Answer of the business"),
        "postback": _("Tapped button"),
        "unknown": _("Something else"),
        "test_received": _("Test of the dashboard"),
        "not_unpacked": _("Body that could not be taken apart"),
        "unreadable": _("Body that is no webhook"),
        "empty": _("Body without an item"),
    }


def kind_name(kind: str) -> str:
    """Return a kind in words; what Meta calls an unknown one stands as it is."""
    family, _colon, name = kind.partition(":")
    known = kinds().get(family)
    if known is None:
        return kind.replace("_", " ")
    return f"{known}: {name}" if name else known


def number_words(number: int, cap: int) -> str:
    """Return how many items; ``cap`` of them are as many or more."""
    if number >= cap:
        return _("%(number)d or more items", number=cap)
    return ngettext("%(num)d item", "%(num)d items", number)
