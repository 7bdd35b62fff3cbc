"""Statements that the database's driver runs itself, for what is asked many times a second.

Of a statement that finds one row by its key, SQLAlchemy's share takes longer than the driver's and
the database's together. It still writes the statement, keeps the connections and reads the values;
its events for statements do not see what is run here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection, Select
from sqlalchemy.exc import DBAPIError


class DirectSelect:
    """A SELECT for one engine, compiled once; its parameters are plain numbers and texts."""

    def __init__(self, engine: Engine, statement: Select[*tuple[Any, ...]]) -> None:
        """Take a statement whose bound parameters are given with each run."""
        self._engine = engine
        self._compiled = statement.compile(dialect=engine.dialect)
        self._text = str(self._compiled)
        self._fixed = dict(self._compiled.params)
        self._readers = [self._reader(column.type) for column in statement.selected_columns]

    def __str__(self) -> str:
        """Return the statement as the driver gets it."""
        return self._text

    def first(self, parameters: Mapping[str, int | str | None]) -> tuple[Any, ...] | None:
        """Return the first row, or None. Raises :class:`sqlalchemy.exc.DBAPIError`.

        A connection that fails is not used again; others of the pool are left alone.
        """
        try:
            row = self._run(self._engine.raw_connection(), self._bound(parameters))
        except self._driver_error as problem:
            raise DBAPIError(self._text, None, problem) from problem
        return row and tuple(map(_read, self._readers, row))

    def _run(self, connection: PoolProxiedConnection, bound: Any) -> tuple[Any, ...] | None:
        try:
            cursor = connection.cursor()
            cursor.execute(self._text, bound)
            row: tuple[Any, ...] | None = cursor.fetchone()
            cursor.close()
        except self._driver_error:
            connection.invalidate()
            raise
        finally:
            connection.close()
        return row

    @cached_property
    def _driver_error(self) -> type[Exception]:
        found: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        return found

    def _bound(self, parameters: Mapping[str, int | str | None]) -> Any:
        values = self._fixed | dict(parameters)
        order = self._compiled.positiontup if self._compiled.positional else None
        return [values[name] for name in order] if order else values

    def _reader(self, kind: Any) -> Callable[[Any], Any] | None:
        dialect = self._engine.dialect
        reader: Callable[[Any], Any] | None = kind.dialect_impl(dialect).result_processor(
            dialect, None
        )
        return reader


def _read(reader: Callable[[Any], Any] | None, value: Any) -> Any:
    return reader(value) if reader else value
