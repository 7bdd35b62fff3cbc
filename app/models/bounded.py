"""An engine for whoever cannot wait: what the database does not do soon counts as failed."""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, create_engine, event

from app.models.database import engine_options, prepare, prompt_engine

STATEMENT_SECONDS = 1.5
CONNECT_SECONDS = 2
"""The shortest that psycopg knows; for each address of the host."""
SQLITE_NAP = 0.01
"""SQLite's own waiting grows to naps of 100 ms, in which it misses the drain's pauses."""

Result = TypeVar("Result")


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server leaves a statement unanswered."""

    def wait(
        self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        """Wait as usual, but not for ever. Raises :class:`psycopg.OperationalError`."""
        try:
            return super().wait(gen, interval, STATEMENT_SECONDS if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def bounded_engine(engine: Engine) -> Engine:
    """Return an engine of its own to the same database, each statement committing by itself.

    On PostgreSQL a statement or a connection fails after seconds instead of waiting for a server
    that fell silent; on SQLite one that is locked out fails at once.
    """
    if engine.dialect.name == "sqlite":
        options = engine_options("sqlite") | {"connect_args": {"timeout": SQLITE_NAP}}
        own = create_engine(engine.url, **options)
        prepare(own)
        return own
    own = prompt_engine(engine)
    event.listen(own, "do_connect", _connect)
    return own


def _connect(
    _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]
) -> ImpatientConnection:
    return ImpatientConnection.connect(*arguments, **options | {"connect_timeout": CONNECT_SECONDS})
