"""Pages of lists: cut by a place and an id, never by an offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

PAGE = 50
Row = TypeVar("Row")


class Place(NamedTuple):
    """A place in a list: what it is ordered by, and the row's id.

    That is ``position_at`` in ms where the newest message decides, else a time in microseconds
    since the epoch.
    """

    position_at: int
    id: int


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the place after which the next page begins (None: there is none)."""

    rows: Sequence[Row]
    next: Place | None
