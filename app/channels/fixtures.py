"""Webhook bodies for tests, made of what Meta really sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from typing import Any

_KEPT = frozenset(
    {"object", "field", "type", "action", "messaging_product", "reaction", "source", "status",
     "template_type", "media_product_type", "verb", "item", "mime_type", "version", "locale"}
)  # fmt: skip
"""Keys whose values are words of the platform's, where they look like words."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_/.-]{0,39}")
_TIMES = frozenset({"time", "timestamp", "watermark", "created_time", "edited_time"})
_DIGITS = re.compile(r"\d+", re.ASCII)
_FEW = 7
"""So many digits name nobody: a count, a year, the ids of the dashboard's Test button."""
_NAMES = frozenset({"name", "username", "first_name", "last_name", "formatted_name"})
_SPACE = re.compile(r"\s")
_WRITTEN = frozenset({"text", "title", "caption", "body", "payload", "subtitle"})


def alone(objects: Sequence[dict[str, Any]], path: str) -> dict[str, Any]:
    """Return the body that Meta would have sent for the item at ``path`` alone.

    It has the object and the entry of the item around it, without their other items. Raises
    LookupError where the path leads nowhere.
    """
    index, *steps = path.split(".")
    if not index.isdecimal() or int(index) >= len(objects):
        raise LookupError(path)
    found: dict[str, Any] = _along(objects[int(index)], steps)
    return found


def _along(value: Any, steps: Sequence[str]) -> Any:
    if not steps:
        return value
    step, *rest = steps
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return [_along(value[int(step)], rest)]
    if isinstance(value, dict) and step in value:
        plain = {key: one for key, one in value.items() if not isinstance(one, dict | list)}
        return plain | {step: _along(value[step], rest)}
    raise LookupError(step)


class Anonymous:
    """Replaces ids, names and texts, the same by the same: one object for all bodies of a test.

    Kept are keys, times, small numbers, and the platform's own words. All else is replaced, known
    or not: a text that nobody foresaw must not slip through.
    """

    def __init__(self) -> None:
        """Know no replacement yet."""
        self._known: dict[tuple[str, str], str] = {}
        self._numbers = count(1)

    def body(self, value: object, key: str = "") -> Any:
        """Return parsed JSON with everything personal replaced; ``key`` is where it stood."""
        match value:
            case dict():
                return {self._key(name): self.body(one, name) for name, one in value.items()}
            case list():
                return [self.body(one, key) for one in value]
            case str():
                return self._text(value, key)
        return self._number(value, key)

    def _number(self, value: object, key: str) -> object:
        if isinstance(value, float):
            return 0.5
        if not isinstance(value, int) or key in _TIMES or not _is_id(digits := str(abs(value))):
            return value
        return int(self._instead("id", digits))

    def _key(self, key: str) -> str:
        return self._instead("id", key) if _is_id(key) else key

    def _text(self, text: str, key: str) -> str:
        sort = _sort_of(text, key)
        return text if sort == "kept" else self._instead(sort, text)

    def _instead(self, sort: str, text: str) -> str:
        if (sort, text) not in self._known:
            number = next(self._numbers)
            self._known[sort, text] = {
                "id": f"{100_000_000_000 + number}",
                "name": f"person{number}",
                "address": f"https://example.com/{number}",
                "token": f"mid{number:020}",
            }.get(sort, f"Text {number}")
        return self._known[sort, text]


def _sort_of(text: str, key: str) -> str:
    if key in _WRITTEN:
        return "text" if text else "kept"
    if (key in _KEPT and _WORD.fullmatch(text)) or (key in _TIMES and _DIGITS.fullmatch(text)):
        return "kept"
    if key in _NAMES:
        return "name"
    if _DIGITS.fullmatch(text) or not text:
        return "id" if _is_id(text) else "kept"
    if text.startswith(("http://", "https://")):
        return "address"
    return "text" if _SPACE.search(text) else "token"


def _is_id(text: str) -> bool:
    return len(text) > _FEW and _DIGITS.fullmatch(text) is not None
