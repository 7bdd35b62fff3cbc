"""From the bytes of a webhook to the objects in it."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DEPTH = 100
"""Deepest nesting that is read; Meta's own bodies stay under twenty levels."""

_UNCLEAN = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""NUL and surrogates can stand in a body of UTF-8 as escapes only, or NUL as itself, no JSON."""


_REPAIRED = re.compile(
    rb"\\\\"  # an escaped backslash: what follows it is no escape
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair is one character
    rb"|\\u(?:(?P<nul>0000)|(?P<half>[dD][89a-fA-F][0-9a-fA-F]{2}))"
)


class Unreadable(Exception):  # noqa: N818 - says what the body is
    """The body holds no webhook; ``reason`` says why in a few plain words."""

    def __init__(self, reason: str) -> None:
        """Keep ``reason``."""
        super().__init__(reason)
        self.reason = reason


def read(raw: bytes) -> list[dict[str, Any]]:
    """Return the webhook objects in ``raw``: one object, or the members of a list of objects.

    Texts come out clean: NUL and lone surrogates, which JSON can escape and databases refuse, are
    U+FFFD in keys and values. Raises :class:`Unreadable` and nothing else.
    """
    return read_noting(raw)[0]


def read_noting(raw: bytes) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """Return what :func:`read` does, and besides the same as it came where it was not clean."""
    before: object = None
    try:
        parsed = _parse(raw)
        if _may_be_unclean(raw):
            cleaned = _clean(parsed)
            before = parsed if cleaned != parsed else None
            parsed = cleaned
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise Unreadable("not JSON") from error
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    except ValueError as error:
        raise Unreadable("a number that cannot be stored") from error
    members = parsed if isinstance(parsed, list) else [parsed]
    objects = [member for member in members if isinstance(member, dict)]
    if not objects or len(objects) < len(members):
        raise Unreadable("no object and no list of objects")
    return objects, before if isinstance(before, list | None) else [before]


def item_at(objects: Sequence[dict[str, Any]], path: str) -> object:
    """Return what stands at ``path`` ("0.entry.1.messaging.2") in the objects of a body.

    Raises LookupError where the path leads nowhere.
    """
    found: object = list(objects)
    for step in path.split("."):
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal():
            found = found[int(step)]
        else:
            raise LookupError(path)
    return found


def repairs_at(objects: list[Any], path: str) -> str | None:
    """Name what :func:`read` takes out of the item at ``path``: "NUL, lone surrogate"."""
    try:
        item = item_at(objects, path)
    except LookupError:
        return None
    return _named(json.dumps(item).encode()) or None


def _named(raw: bytes) -> str:
    kinds = {match.lastgroup for match in _REPAIRED.finditer(raw)}
    names = {"nul": "NUL", "half": "lone surrogate"}
    return ", ".join(name for kind, name in names.items() if kind in kinds)


def _parse(raw: bytes) -> object:
    text = raw.decode("utf-8-sig")
    return json.loads(text, parse_float=_finite, parse_constant=_refuse)


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _refuse(constant: str) -> float:
    raise ValueError(f"no finite number: {constant[:20]}")


def _may_be_unclean(raw: bytes) -> bool:
    """Say whether a body may hold what :func:`_clean` looks for; most do not."""
    is_deep = raw.count(b"{") + raw.count(b"[") > MAX_DEPTH
    return is_deep or _ESCAPED.search(raw) is not None


def _clean(value: object, depth: int = 0) -> object:
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, str):
        return _UNCLEAN.sub("\ufffd", value)
    if isinstance(value, dict):
        return {
            _UNCLEAN.sub("\ufffd", key): _clean(member, depth + 1) for key, member in value.items()
        }
    if isinstance(value, list):
        return [_clean(member, depth + 1) for member in value]
    return value
