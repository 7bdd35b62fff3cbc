"""docs/api.md names the routes for programs: no other, and none is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.docs.markdown import ROOT

if TYPE_CHECKING:
    from flask import Flask

_ROUTE = re.compile(r"`(GET|POST|PATCH|PUT|DELETE) (/api/(?!webhooks)[^`?]+)`")
_CONVERTER = re.compile(r"<[^>]+>")


def documented() -> set[str]:
    text = (ROOT / "docs" / "api.md").read_text()
    return {f"{method} {_CONVERTER.sub('<id>', path)}" for method, path in _ROUTE.findall(text)}


def served(app: Flask) -> set[str]:
    return {
        f"{method} {_CONVERTER.sub('<id>', rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if re.match(r"/api/(?!webhooks)", rule.rule)
    }


def test_the_documented_routes_are_those_that_are_served(inlet: Flask) -> None:
    assert documented() == served(inlet)
