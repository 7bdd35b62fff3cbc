"""Reading single values that a webhook should hold but need not: total, never raising."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

MAX_ID_BYTES = 1_000
"""Longest id that is taken. Meta publishes no maximum; about 170 bytes have been seen."""

MAX_LABEL = 60
"""Longest name of Meta's for a kind of item; the known ones stay under thirty characters."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_FIRST_MILLISECONDS = 10**12
_LONGEST_TIME = 20
_LARGEST_ID = 10**40
_LARGEST_COUNT = 2**31


def identifier(value: object) -> str | None:
    """Return ``value`` as an id, or None where it cannot be one. Numbers become their digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_ID:
        return str(value)
    if not isinstance(value, str) or not value.strip():
        return None
    return value if len(value.encode(errors="replace")) <= MAX_ID_BYTES else None


def moment(value: object) -> datetime | None:
    """Return ``value`` as a time, or None where it cannot be one.

    Takes seconds and milliseconds since 1970, as a number or as decimal text: below 10**12 is
    seconds. None before 2010 and from 2100 on.
    """
    if isinstance(value, str) and value.isdecimal() and len(value) <= _LONGEST_TIME:
        value = int(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if not 0 < value < 10**_LONGEST_TIME or not isfinite(value):
        return None
    return _plausible(value if value >= _FIRST_MILLISECONDS else value * 1000)


def _plausible(milliseconds: float) -> datetime | None:
    if milliseconds >= (_LATEST - _EPOCH) / timedelta(milliseconds=1):
        return None
    time = _EPOCH + timedelta(milliseconds=milliseconds)
    return time if time >= _EARLIEST else None


def count(value: object) -> int | None:
    """Return ``value`` where it is a number of things that a 32-bit column holds, else None."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _LARGEST_COUNT else None


def words(value: object) -> str | None:
    """Return ``value`` where it is text that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def label(value: object, default: str) -> str:
    """Return ``value`` as a name to show, cut to ``MAX_LABEL``; ``default`` where it is blank."""
    return value[:MAX_LABEL] if isinstance(value, str) and value.strip() else default


def mapping(value: object) -> dict[str, Any]:
    """Return ``value`` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[dict[str, Any]]:
    """Return the objects in ``value`` where it is a list, else none."""
    return (
        [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []
    )
