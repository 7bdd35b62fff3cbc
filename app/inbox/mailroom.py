"""Storing webhook bodies: one INSERT that makes many durable, and no waiting for what is away."""

from __future__ import annotations

import hashlib
import time
from operator import itemgetter
from typing import Any

import structlog
from sqlalchemy import Engine, bindparam, text
from sqlalchemy.exc import DBAPIError

from app.inbox.desk import Desk
from app.inbox.spool.record import Received
from app.models.base import UtcDateTime
from app.models.bounded import bounded_engine
from app.models.database import is_away, is_locked

LOCKED_SECONDS = 1.5
"""How long a locked database is asked again."""
FRESH_SECONDS = 0.5
"""A connection that broke sooner was dead before; the statement gets another one."""
AWAY_SECONDS = 1.0
"""After the database was away, nobody asks it for so long."""
PROBE_SECONDS = 5.0
"""While one body is tried after that, no other waits for it."""

STORE = text(
    "INSERT INTO external_event_log "
    "(endpoint, body, digest, verified_by, received_at, last_received_at, received_count, state) "
    "VALUES (:endpoint, :body, :digest, :verified_by, :now, :now, 1, 'pending') "
    "ON CONFLICT (digest, verified_by) DO UPDATE SET "
    "received_count = external_event_log.received_count + 1, "
    "last_received_at = excluded.last_received_at"
).bindparams(bindparam("now", type_=UtcDateTime()))
"""Stores a body; the same bytes under the same secret only raise its count."""

Row = dict[str, Any]

log = structlog.get_logger()


class DatabaseAwayError(Exception):
    """The database could not take a body, and nobody should wait for it now."""


class Mailroom(Desk[Row]):
    """Stores signed bodies; those that come while one is being stored share the next commit.

    It has an engine of its own. On SQLite only one of this process's threads asks for the lock.
    Once the database was away, bodies are turned away at once; one a second tries it again.
    """

    def __init__(self, engine: Engine) -> None:
        """Take the installation's engine, for its address."""
        super().__init__()
        self._engine = bounded_engine(engine)
        self._away_until = 0.0

    @property
    def engine(self) -> Engine:
        """The engine that does not wait for a silent database."""
        return self._engine

    @property
    def is_away(self) -> bool:
        """Whether the database was away a moment ago."""
        return bool(self._away_until) and time.monotonic() < self._away_until

    def store(self, received: Received) -> None:
        """Store a body.

        Raises :class:`DatabaseAwayError`, and :class:`sqlalchemy.exc.DBAPIError` where the
        database answers but does not take the statement.
        """
        if self.is_away:
            raise DatabaseAwayError
        try:
            self.hand_in(row(received))
        except TimeoutError as problem:
            raise self._away(problem) from problem

    def write(self, things: list[Row]) -> Exception | None:
        """Store rows in one transaction."""
        if self.is_away:
            return DatabaseAwayError()
        was_away = bool(self._away_until)
        if was_away:
            self._away_until = time.monotonic() + PROBE_SECONDS
        # Two processes that write the same bodies must take their locks in the same order.
        things.sort(key=itemgetter("digest", "verified_by"))
        problem = self._try(things)
        if isinstance(problem, DBAPIError) and is_away(problem):
            return self._away(problem.orig or problem)
        self._away_until = 0.0
        if was_away:
            log.warning("database_is_back")
        return problem

    def _try(self, rows: list[Row]) -> Exception | None:
        began_at = time.monotonic()
        is_pool_fresh = False
        while True:
            try:
                with self._engine.begin() as connection:
                    connection.execute(STORE, rows)
            except DBAPIError as problem:
                passed = time.monotonic() - began_at
                if problem.connection_invalidated and not is_pool_fresh and passed < FRESH_SECONDS:
                    is_pool_fresh = True  # it held connections from before a restart
                elif not is_locked(problem) or passed > LOCKED_SECONDS:
                    return problem
            except Exception as problem:  # noqa: BLE001 - raised to everyone who waited
                return problem
            else:
                return None

    def _away(self, problem: BaseException) -> DatabaseAwayError:
        if not self._away_until:
            log.warning("database_is_away", error=type(problem).__name__)
        self._away_until = time.monotonic() + AWAY_SECONDS
        return DatabaseAwayError()


def row(received: Received) -> Row:
    """Return the parameters of STORE for a body."""
    return {
        "endpoint": received.endpoint,
        "body": received.body,
        "digest": hashlib.sha256(received.body).digest(),
        "verified_by": received.verified_by,
        "now": received.received_at,
    }
