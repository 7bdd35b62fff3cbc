"""How the database is opened: two ways in, one for reading and one for writing.

On SQLite a writer begins IMMEDIATE, so that it waits its turn instead of failing half-way, and
a reader begins deferred, so that it never waits. On PostgreSQL both are plain transactions.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

_BUSY_MILLISECONDS = 5_000
_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
"""In seconds, the last in ms: a PostgreSQL that fell silent is away, not waited for for ever.

Source: postgresql.org/docs/current/libpq-connect.html.
"""
_AGAIN_SECONDS = 0.5
_QUIET_SECONDS = 30.0
_DEADLOCK = "40P01"  # PostgreSQL ended one of two transactions that waited for each other
_SQLITE_IS_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
_POSTGRES_IS_AWAY = ("08", "25006", "53", "55P03", "57P", "58")
"""No connection, read-only, no resources, locked, shut down, the machine's errors.

Source: postgresql.org/docs/current/errcodes-appendix.html.
"""

Result = TypeVar("Result")
log = structlog.get_logger()


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine options for a database address. Errors keep parameters to themselves."""
    if url.startswith("sqlite"):
        arguments = {"timeout": _BUSY_MILLISECONDS / 1000}
        return {"hide_parameters": True, "connect_args": arguments}
    pool = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 30, "pool_timeout": 5}
    return {"hide_parameters": True, "connect_args": _PATIENCE} | pool


def prompt_engine(engine: Engine) -> Engine:
    """Return an engine to the same database that spends no round trip beside the statement.

    Each statement commits by itself and no connection is tried beforehand: after a restart of
    PostgreSQL the first may fail, once for all that the pool held. SQLite has no round trips.
    """
    if engine.dialect.name == "sqlite":
        return engine
    options = engine_options("postgresql") | {
        "pool_pre_ping": False,
        "pool_reset_on_return": None,
        "isolation_level": "AUTOCOMMIT",
    }
    return create_engine(engine.url, **options)


def prepare(engine: Engine) -> None:
    """Make a SQLite engine durable and its transactions explicit; others stay as they are."""
    if engine.dialect.name == "sqlite" and not event.contains(engine, "begin", _begin):
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin)


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session that may write; commit at the end, roll back on any exception."""
    bind = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    with Session(bind, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session that only reads."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


def alone(session: Session) -> Session:
    """Let each statement of a session that only reads stand alone on PostgreSQL.

    There a transaction would not show them one state either, and psycopg forgets its prepared
    statements with every ROLLBACK: their plans would be made anew for each request.
    """
    if not session.in_transaction() and session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    return session


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Open a connection that may change tables.

    SQLite changes a table by building it anew, so nothing is refused meanwhile for pointing to
    it; the caller commits.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            yield connection
            return
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")  # no effect within a transaction
        try:
            yield connection
        finally:
            connection.rollback()
            raw.execute("PRAGMA foreign_keys=ON")


def persist(engine: Engine, step: Callable[[Session], Result], patience: float) -> Result:
    """Run ``step`` in a session that may write; while the database is away or locked, again.

    ``step`` must bear being run twice: a commit may have succeeded unheard. Raises the last
    problem after ``patience`` seconds, and at once where another try would not help.
    """
    began = time.monotonic()
    told = began + _QUIET_SECONDS
    while True:
        try:
            with writing(engine) as session:
                return step(session)
        except Exception as problem:
            now = time.monotonic()
            if not is_away(problem) or now > began + patience:
                raise
            if now > told:
                log.warning("database_waited_for", seconds=round(now - began), error=repr(problem))
                told = now + _QUIET_SECONDS
            time.sleep(_AGAIN_SECONDS)


def is_locked(problem: DBAPIError) -> bool:
    """Say whether somebody else's writing was in the way: the same may go through at once."""
    if getattr(problem.orig, "sqlstate", None) == _DEADLOCK:
        return True
    code: int = getattr(problem.orig, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY  # the higher bits tell kinds of it apart


def is_away(problem: Exception) -> bool:
    """Say whether the database is to blame (away, locked, full, read-only), not the statement.

    The same statement may go through later, and no other one would now.
    """
    if isinstance(problem, PoolTimeoutError):
        return True  # no connection of the pool was free in time
    if not isinstance(problem, DBAPIError):
        return False
    if problem.statement is None or problem.connection_invalidated or is_locked(problem):
        return True
    code: int | None = getattr(problem.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_IS_AWAY
    state: str | None = getattr(problem.orig, "sqlstate", None)
    if state is not None:
        return state.startswith(_POSTGRES_IS_AWAY)
    return isinstance(problem, (OperationalError, InterfaceError))


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
