"""Writing once what several steps of a transaction would each write: one statement for all.

A step hands in its row. Alone it is written at once; within :func:`together` it is kept, and all
rows of a kind are written at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from app.models.bulk import Row

Write = Callable[[Session, Sequence[Row]], object]

_KEPT = "kept_for_the_end"


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Write at the end what the steps within hand in, and what they change in objects.

    Nothing is flushed before, so a step must not look in the database for what another changed.
    """
    kept: dict[Write, dict[Hashable, Row]] = {}
    session.info[_KEPT] = kept
    try:
        with session.no_autoflush:
            yield
    finally:
        del session.info[_KEPT]
    for write, rows in kept.items():
        write(session, list(rows.values()))


def hand_in(session: Session, write: Write, key: Hashable, row: dict[str, Any]) -> None:
    """Have ``write`` write a row, now or at the end; of one ``key`` never two at once."""
    kept = session.info.get(_KEPT)
    if kept is None:
        write(session, [row])
        return
    rows = kept.setdefault(write, {})
    if key in rows:
        write(session, list(rows.values()))
        rows.clear()
    rows[key] = row
