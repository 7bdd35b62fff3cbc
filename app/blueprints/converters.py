"""Ids in addresses, no larger than a database key can be: anything beyond is simply not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.routing import IntegerConverter

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Map

MAX_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """Matches 0 to 2**63 - 1; SQLite raises OverflowError for what is larger."""

    def __init__(self, url_map: Map) -> None:
        """Take the map of addresses; the bounds are always the same."""
        super().__init__(url_map, max=MAX_ID)


def register(app: Flask) -> None:
    """Let ``<int:…>`` mean an id in every route that is registered from now on."""
    app.url_map.converters["int"] = IdConverter
