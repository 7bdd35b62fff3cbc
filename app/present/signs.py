"""One line of a checklist: a thing, how it stands in colour and words, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sign(StrEnum):
    """How a thing stands; the words beside it say the same."""

    OK = "ok"
    SOON = "soon"
    BAD = "bad"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a checklist.

    ``words`` are translated, ``detail`` is shown as it is (names, ids, Meta's own words).
    ``page`` is a page of docs/ with its anchor, ``url`` leads to the thing itself.
    """

    title: str
    sign: Sign
    words: str
    at: datetime | None = None
    detail: str | None = None
    next_step: str | None = None
    page: str | None = None
    url: str | None = None


def worst(lines: list[Line]) -> Sign:
    """Return the sign that a whole checklist deserves; idle lines do not count."""
    signs = {line.sign for line in lines}
    return next((one for one in (Sign.BAD, Sign.SOON) if one in signs), Sign.OK)
