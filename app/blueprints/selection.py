"""Which part of the inbox a URL asks for; every link of a page carries it on."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from flask import abort, request

from app.inbox.listing import Filter, Place
from app.models.states import ConversationStatus
from app.present.people import CHANNEL_NAMES

_PLACE = re.compile(r"(\d{1,15})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Selection:
    """Channel and status of the list, and where its page begins (None: at the top)."""

    channel: str | None = None
    status: str | None = None
    after: Place | None = None

    @property
    def filter(self) -> Filter:
        """Return what the list is narrowed to."""
        return Filter(channel=self.channel, status=self.status)

    @property
    def is_everything(self) -> bool:
        """Say whether nothing is left out."""
        return self == Selection()

    def query(self) -> dict[str, str]:
        """Return the selection as URL parameters, without the page."""
        parts = {"channel": self.channel, "status": self.status}
        return {name: value for name, value in parts.items() if value}

    def page_query(self) -> dict[str, str]:
        """Return the selection as URL parameters, with the page."""
        return self.query() | ({"after": write_place(self.after)} if self.after else {})


def requested() -> Selection:
    """Return the selection of the request; aborts with 404 for what there is not."""
    return Selection(
        channel=_one_of("channel", CHANNEL_NAMES),
        status=_one_of("status", [status.value for status in ConversationStatus]),
        after=requested_place("after"),
    )


def requested_place(name: str) -> Place | None:
    """Return the place in the URL parameter ``name``, or None; aborts with 404 for nonsense."""
    given = request.args.get(name)
    if not given:
        return None
    found = _PLACE.fullmatch(given)
    if found is None:
        abort(404)
    return Place(int(found[1]), int(found[2]))


def write_place(place: Place) -> str:
    """Return a place as it stands in a URL."""
    return f"{place.position_at}.{place.id}"


def _one_of(name: str, known: Container[str]) -> str | None:
    given = request.args.get(name)
    if not given:
        return None
    if given not in known:
        abort(404)
    return given
