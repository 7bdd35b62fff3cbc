"""The views in the rail, in words and with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.inbox.listing import COUNT_UP_TO
from app.inbox.views import View
from app.locale import gettext as _

ICONS = {
    View.MINE: "person",
    View.UNASSIGNED: "tray",
    View.ALL: "inbox",
    View.ENDING: "timer",
    View.ATTENTION: "warn",
    View.SNOOZED: "clock",
    View.RESOLVED: "sent",
    View.ARCHIVED: "archive",
}
TONES = {View.ENDING: "soon", View.ATTENTION: "bad"}


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A view in the rail; ``count`` is "" for none, and "99+" for many."""

    view: View
    name: str
    icon: str
    tone: str
    count: str


def view_links(counts: Mapping[View, int]) -> list[ViewLink]:
    """Return the views with their numbers."""
    return [
        ViewLink(view, view_name(view), icon, TONES.get(view, ""), bounded(counts.get(view, 0)))
        for view, icon in ICONS.items()
    ]


def view_name(view: View) -> str:
    """Return a view in words."""
    names = {
        View.MINE: _("Mine"),
        View.UNASSIGNED: _("Unassigned"),
        View.ALL: _("All open"),
        View.ENDING: _("Ending soon"),
        View.ATTENTION: _("Needs attention"),
        View.SNOOZED: _("Snoozed"),
        View.RESOLVED: _("Resolved"),
        View.ARCHIVED: _("Archived"),
    }
    return names[view]


def bounded(count: int) -> str:
    """Return a number of at most three characters: "" for none, "99+" for many."""
    return f"{COUNT_UP_TO - 1}+" if count >= COUNT_UP_TO else str(count or "")
