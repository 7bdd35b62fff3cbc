"""Many rows in one statement, on both databases, with SQL that never changes.

``rows`` turns a list of dictionaries into a derived table fed by one JSON parameter
(``json_to_recordset`` on PostgreSQL, ``json_each`` on SQLite). Used in INSERT … SELECT and
UPDATE … FROM it costs one round trip however many rows there are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    FromClause,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.models.base import BigId

Row = Mapping[str, Any]
Insert = postgresql.Insert | sqlite.Insert


def rows(
    session: Session, columns: Mapping[str, TypeEngine[Any]], data: Iterable[Row], name: str
) -> FromClause:
    """Return ``data`` as a derived table called ``name`` with the given columns."""
    dialect = session.get_bind().dialect
    encode = _plain_utc if dialect.name == "sqlite" else _aware
    encoded = json.dumps(list(data), default=encode, ensure_ascii=False)
    payload = bindparam(f"{name}_rows", encoded, Text())
    if dialect.name == "sqlite":
        each = func.json_each(payload).table_valued("value", name="item")
        picked = (
            literal_column(f"item.value ->> '$.{key}'", kind).label(key)
            for key, kind in columns.items()
        )
        return select(*picked).select_from(each).subquery(name)
    recordset = func.json_to_recordset(cast(payload, postgresql.JSON))
    typed = (column(key, kind) for key, kind in columns.items())
    return recordset.table_valued(*typed, name=name).render_derived(with_types=True)


def ids(session: Session, values: Iterable[int]) -> Select[tuple[int]]:
    """Return ``values`` as a subquery for ``column.in_``: one parameter, however many they are."""
    given = rows(session, {"id": BigId}, [{"id": value} for value in values], "ids")
    return select(given.c.id)


def insert_rows(session: Session, model: type[Any], data: Sequence[Row]) -> Insert:
    """Return an INSERT of ``data`` into the model's table; the first row names the columns.

    The caller may extend it with a conflict clause and RETURNING. ``data`` must not be empty.
    """
    table: Table = model.__table__
    keys = list(data[0])
    given = rows(session, {key: table.c[key].type for key in keys}, data, "given")
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Callable[[Table], Insert] = sqlite.insert if on_sqlite else postgresql.insert
    return insert(table).from_select(keys, select(*(given.c[key] for key in keys)).where(true()))


def update_rows(session: Session, model: type[Any], data: Sequence[Row]) -> None:
    """Update the rows of the model's table that have the given ids; the first row names columns.

    Does nothing for no data.
    """
    if not data:
        return
    table: Table = model.__table__
    keys = [key for key in data[0] if key != "id"]
    given = rows(session, {key: table.c[key].type for key in ["id", *keys]}, data, "given")
    change = update(table).where(table.c.id == given.c.id)
    session.execute(change.values({key: given.c[key] for key in keys}))


@lru_cache(maxsize=4096)  # one moment stands in many columns of a batch
def _aware(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    raise TypeError(f"no JSON form for {value!r}")


@lru_cache(maxsize=4096)
def _plain_utc(value: object) -> str:
    """Write a moment as SQLAlchemy stores it on SQLite, which knows no zones."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")[:26]
    raise TypeError(f"no JSON form for {value!r}")
