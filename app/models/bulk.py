"""Many rows in one statement, on both databases, with SQL that never changes.

The rows travel as one JSON parameter that a derived table unfolds (``json_to_recordset`` on
PostgreSQL, ``json_each`` on SQLite). Used in INSERT … SELECT, UPDATE … FROM and joins it costs
one round trip however many rows there are. So a statement depends on its columns alone: it is
built and compiled once per process, which is most of what a small batch would cost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    Executable,
    FromClause,
    Result,
    Select,
    Table,
    Text,
    Update,
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

from app.models.base import Base, BigId

Row = Mapping[str, Any]
Columns = tuple[tuple[str, TypeEngine[Any]], ...]
Insert = postgresql.Insert | sqlite.Insert
Finish = Callable[[Insert], Executable]
Rows = Result[*tuple[Any, ...]]
Build = Callable[[FromClause], Executable]

_PARAMETER = "given_rows"
_ID: Columns = (("id", BigId),)


def insert_rows(
    session: Session, model: type[Base], data: Sequence[Row], finish: Finish | None = None
) -> Rows:
    """Insert ``data`` into the model's table; the first row names the columns.

    ``finish``, a function of a module, may add a conflict clause and RETURNING. ``data`` must
    not be empty.
    """
    statement = _insert(_dialect(session), model, tuple(data[0]), finish)
    return _run(session, statement, _parameter(session, data))


def or_nothing(insert: Insert) -> Executable:
    """Let rows that are there already stay as they are: a ``finish`` for :func:`insert_rows`."""
    return insert.on_conflict_do_nothing()


def update_rows(session: Session, model: type[Base], data: Sequence[Row]) -> None:
    """Update the rows of the model's table that have the given ids; the first row names columns.

    Does nothing for no data.
    """
    if data:
        statement = _update(_dialect(session), model, tuple(data[0]))
        _run(session, statement, _parameter(session, data))


def run_with_rows(
    session: Session, build: Build, columns: Columns, data: Iterable[Row], **more: Any
) -> Rows:
    """Run the statement that ``build``, a function of a module, makes of ``data`` as a table.

    ``more`` are the values of its other parameters. The rows hold columns, never objects.
    """
    statement = _built(_dialect(session), build, columns)
    return _run(session, statement, _parameter(session, data) | more)


def objects_with_rows(
    session: Session, build: Build, columns: Columns, data: Iterable[Row]
) -> Rows:
    """Return the objects that ``build``'s SELECT finds, as :func:`run_with_rows` its columns."""
    statement = _built(_dialect(session), build, columns)
    return session.execute(statement, _parameter(session, data))


def run_with_ids(session: Session, build: Build, values: Iterable[int], **more: Any) -> Rows:
    """Run the statement that ``build`` makes of a table whose one column holds ``values``."""
    return run_with_rows(session, build, _ID, ({"id": value} for value in values), **more)


def ids(given: FromClause) -> Select[tuple[int]]:
    """Return the ids of :func:`run_with_ids` as a subquery for ``column.in_``."""
    return select(given.c.id)


@cache
def _insert(
    dialect: str, model: type[Base], keys: tuple[str, ...], finish: Finish | None
) -> Executable:
    table = model.metadata.tables[model.__tablename__]
    given = _table(dialect, _columns(table, keys))
    make: Callable[[Table], Insert] = sqlite.insert if dialect == "sqlite" else postgresql.insert
    picked = select(*(given.c[key] for key in keys)).where(true())
    statement = make(table).from_select(keys, picked)
    return finish(statement) if finish else statement


@cache
def _update(dialect: str, model: type[Base], keys: tuple[str, ...]) -> Update:
    table = model.metadata.tables[model.__tablename__]
    given = _table(dialect, _columns(table, keys))
    change = update(table).where(table.c.id == given.c.id)
    return change.values({key: given.c[key] for key in keys if key != "id"})


@cache
def _built(dialect: str, build: Build, columns: Columns) -> Executable:
    return build(_table(dialect, columns))


def _columns(table: Table, keys: Iterable[str]) -> Columns:
    return tuple((key, table.c[key].type) for key in keys)


def _table(dialect: str, columns: Columns) -> FromClause:
    """Return the rows to come as a derived table called "given"."""
    payload = bindparam(_PARAMETER, type_=Text())
    if dialect == "sqlite":
        each = func.json_each(payload).table_valued("value", name="item")
        picked = (
            literal_column(f"item.value ->> '$.{key}'", kind).label(key) for key, kind in columns
        )
        return select(*picked).select_from(each).subquery("given")
    recordset = func.json_to_recordset(cast(payload, postgresql.JSON))
    typed = (column(key, kind) for key, kind in columns)
    return recordset.table_valued(*typed, name="given").render_derived(with_types=True)


def _parameter(session: Session, data: Iterable[Row]) -> dict[str, Any]:
    encode = _plain_utc if _dialect(session) == "sqlite" else _aware
    return {_PARAMETER: json.dumps(list(data), default=encode, ensure_ascii=False)}


def _run(session: Session, statement: Executable, parameters: dict[str, Any]) -> Rows:
    """Execute past the ORM, which would look at each statement for objects to load or to change.

    The rows are fetched at once: SQLite commits nothing while somebody may still read.
    """
    session.flush()
    found = session.connection().execute(statement, parameters)
    return found.freeze()() if found.returns_rows else found


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


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
