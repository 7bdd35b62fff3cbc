"""What a piece of code asks the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


class Asked(NamedTuple):
    """A statement and its parameters, as the driver gets them."""

    sql: str
    parameters: Any


@contextmanager
def asked(*engines: Engine) -> Iterator[list[Asked]]:
    """Collect the statements that run meanwhile, but for the beginning of transactions."""
    seen: list[Asked] = []

    def note(_connection: object, _cursor: object, sql: str, parameters: Any, *_: object) -> None:
        if not sql.startswith("BEGIN"):
            seen.append(Asked(sql, parameters))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
