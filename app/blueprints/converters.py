"""Ids in addresses, no larger than a database key can be: anything beyond is simply not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import NotFound
from werkzeug.routing import IntegerConverter

if TYPE_CHECKING:
    from flask import Flask

MAX_ID = 2**63 - 1
_MAX_DIGITS = 19


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
