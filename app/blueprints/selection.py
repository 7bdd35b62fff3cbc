"""Which part of the inbox a URL asks for; every link of a page carries it on."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from flask import abort, request

from app.inbox.pages import Place
from app.inbox.search import MAX_LENGTH
from app.inbox.views import SORTED, Filter, Sort, View
from app.present.people import CHANNEL_NAMES

_PLACE = re.compile(r"(\d{1,18})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Selection:
    """View, channel, order and search of the list, and where its page begins (None: at the top)."""

    view: View = View.ALL
    channel: str | None = None
    sort: Sort = Sort.NEWEST
    q: str = ""
    after: Place | None = None

    def filter(self, me: int | None) -> Filter:
        """Return what the list is narrowed to when ``me``, a user's id, looks at it."""
        return Filter(view=self.view, me=me, channel=self.channel, sort=self.sort)

    @property
    def is_everything(self) -> bool:
        """Say whether this is what the inbox shows at first."""
        return self == Selection()

    @property
    def can_be_sorted(self) -> bool:
        """Say whether there is another order for the view."""
        return self.view in SORTED and not self.q

    def query(self, **changed: str | None) -> dict[str, str]:
        """Return the selection as URL parameters, with ``changed`` parts, without the page."""
        parts: dict[str, str | None] = {
            "view": None if self.view is View.ALL else self.view,
            "channel": self.channel,
            "sort": None if self.sort is Sort.NEWEST else self.sort,
            "q": self.q,
        }
        return {name: value for name, value in (parts | changed).items() if value}

    def page_query(self) -> dict[str, str]:
        """Return the selection as URL parameters, with the page."""
        return self.query() | ({"after": write_place(self.after)} if self.after else {})


def requested() -> Selection:
    """Return the selection of the request; aborts with 404 for what there is not."""
    return Selection(
        view=View(_one_of("view", list(View)) or View.ALL),
        channel=_one_of("channel", CHANNEL_NAMES),
        sort=Sort(_one_of("sort", list(Sort)) or Sort.NEWEST),
        q=request.args.get("q", "").replace("\0", "").strip()[:MAX_LENGTH],
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
