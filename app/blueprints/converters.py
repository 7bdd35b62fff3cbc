"""Ids in requests, no larger than a database key can be: anything beyond is simply not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import NotFound
from werkzeug.routing import IntegerConverter

if TYPE_CHECKING:
    from flask import Flask

MAX_ID = 2**63 - 1
_MAX_DIGITS = 19


def read_id(given: str | None) -> int | None:
    """Return the id that a form or a query gives, None where it gives none that can be."""
    if given and given.isascii() and given.isdigit() and len(given) < _MAX_DIGITS:
        return int(given)
    return None


class IdConverter(IntegerConverter):
    """Matches 0 to 2**63 - 1; SQLite raises OverflowError for what is larger."""

    def to_python(self, value: str) -> int:
        """Return the id. Raises NotFound: werkzeug's own refusal may end as a 405."""
        if len(value) > _MAX_DIGITS or int(value) > MAX_ID:
            raise NotFound
        return int(value)


def register(app: Flask) -> None:
    """Let ``<int:…>`` mean an id in every route that is registered from now on."""
    app.url_map.converters["int"] = IdConverter
