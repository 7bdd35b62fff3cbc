"""Taking a webhook in: who signed it, and one INSERT that makes it durable."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, deque
from dataclasses import dataclass
from operator import itemgetter
from threading import Lock

import structlog
from sqlalchemy import Engine, Executable, bindparam, create_engine, text
from sqlalchemy.exc import DBAPIError

from app import clock
from app.channels import signature
from app.inbox.keyring import Keyring
from app.models import WebhookRefusal
from app.models.base import UtcDateTime
from app.models.bulk import Insert, insert_rows
from app.models.database import engine_options, is_locked, prepare, reading, writing

RELOAD_SECONDS = 1.0
FLUSH_SECONDS = 5.0
MAX_BODY = 5_000_000
MAX_LETTERS = 100
"""Bodies in one transaction at most."""
LOCKED_SECONDS = 5.0
"""How long a locked database is asked again before Meta is told to come back."""
SQLITE_NAP = 0.01

log = structlog.get_logger()

_STORE = text(
    "INSERT INTO external_event_log "
    "(endpoint, body, digest, verified_by, received_at, last_received_at, received_count, state) "
    "VALUES (:endpoint, :body, :digest, :verified_by, :now, :now, 1, 'pending') "
    "ON CONFLICT (digest, verified_by) DO UPDATE SET "
    "received_count = external_event_log.received_count + 1, "
    "last_received_at = excluded.last_received_at"
).bindparams(bindparam("now", type_=UtcDateTime()))


@dataclass(eq=False, slots=True)
class _Letter:
    """A body on its way into the log."""

    row: dict[str, object]
    is_done: bool = False
    problem: Exception | None = None


class Mailroom:
    """Stores signed bodies; those that come while one is being stored share the next commit.

    It has an engine of its own. Whoever finds the desk free writes for all that wait, so that a
    burst costs few commits, and on SQLite only one of this process's threads asks for the lock.
    """

    def __init__(self, engine: Engine) -> None:
        """Take the installation's engine, for its address."""
        self._engine = _own_engine(engine)
        self._waiting: deque[_Letter] = deque()
        self._desk = Lock()

    def store(self, endpoint: str, body: bytes, verified_by: str) -> None:
        """Store a body; the same bytes under the same secret only raise its count.

        Raises :class:`sqlalchemy.exc.DBAPIError` where it could not be stored.
        """
        row = {
            "endpoint": endpoint,
            "body": body,
            "digest": hashlib.sha256(body).digest(),
            "verified_by": verified_by,
            "now": clock.now(),
        }
        letter = _Letter(row)
        self._waiting.append(letter)
        with self._desk:
            while not letter.is_done:
                self._store_waiting()
        if letter.problem is not None:
            raise letter.problem

    def _store_waiting(self) -> None:
        letters = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_LETTERS))]
        problem: Exception | None = RuntimeError("the write was cut off")
        try:
            problem = self._try([letter.row for letter in letters])
        finally:
            for letter in letters:
                letter.is_done, letter.problem = True, problem

    def _try(self, rows: list[dict[str, object]]) -> Exception | None:
        # Two processes that write the same bodies must take their locks in the same order.
        rows.sort(key=itemgetter("digest", "verified_by"))
        deadline = time.monotonic() + LOCKED_SECONDS
        is_pool_fresh = False
        while True:
            try:
                with self._engine.begin() as connection:
                    connection.execute(_STORE, rows)
            except DBAPIError as problem:
                if problem.connection_invalidated and not is_pool_fresh:
                    is_pool_fresh = True  # it held connections from before a restart
                elif not is_locked(problem) or time.monotonic() > deadline:
                    return problem
            except Exception as problem:  # noqa: BLE001 - raised to everyone who waited
                return problem
            else:
                return None


def _own_engine(engine: Engine) -> Engine:
    """Return an engine that commits each statement by itself, or on SQLite never naps long.

    SQLite's own waiting grows to naps of 100 ms, in which it misses the drain's pauses.
    """
    if engine.dialect.name == "sqlite":
        options = engine_options("sqlite") | {"connect_args": {"timeout": SQLITE_NAP}}
        own = create_engine(engine.url, **options)
        prepare(own)
        return own
    options = engine_options("postgresql") | {
        "pool_pre_ping": False,
        "pool_reset_on_return": None,
        "isolation_level": "AUTOCOMMIT",
    }
    return create_engine(engine.url, **options)


class Doorkeeper:
    """Knows every secret that may sign, in process memory; a new one is noticed in a second."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        """Load nothing yet."""
        self._engine = engine
        self._keyring = keyring
        self._secrets: list[str] | None = None
        self._loaded_at = 0.0
        self._lock = Lock()

    def verify(self, body: bytes, header: str | None) -> str | None:
        """Return the fingerprint of the secret that signed ``body``, or None.

        An unknown signature makes it read the secrets again, at most once a second. Raises
        :class:`sqlalchemy.exc.DBAPIError` while no secrets could be read at all.
        """
        secret = signature.verify(body, header, self._secrets or [])
        if secret is None and header and self._reload():
            secret = signature.verify(body, header, self._secrets or [])
        return self._keyring.vault.fingerprint(secret) if secret else None

    def _reload(self) -> bool:
        with self._lock:
            if self._secrets is not None and time.monotonic() < self._loaded_at + RELOAD_SECONDS:
                return True
            try:
                with reading(self._engine) as session:
                    self._secrets = list(self._keyring.webhook_secrets(session))
            except DBAPIError:
                if self._secrets is None:
                    raise
                return False
            self._loaded_at = time.monotonic()
            return True


class Refusals:
    """Counts refused bodies in memory and writes the counts at most every five seconds."""

    def __init__(self, engine: Engine) -> None:
        """Take the database the counts go to."""
        self._engine = engine
        self._counts: Counter[tuple[str, str]] = Counter()
        self._flushed_at = float("-inf")
        self._lock = Lock()

    def note(self, endpoint: str, reason: str) -> None:
        """Count one refusal."""
        with self._lock:
            self._counts[endpoint, reason] += 1
            is_time = time.monotonic() > self._flushed_at + FLUSH_SECONDS
        if is_time:
            self.flush()

    def flush(self) -> None:
        """Write what was counted; where the database is away it is kept for later."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._flushed_at = time.monotonic()
        if not counts:
            return
        log.warning("webhook_refused", counts={"/".join(key): n for key, n in counts.items()})
        try:
            self._write(counts)
        except DBAPIError:
            with self._lock:
                self._counts.update(counts)

    def _write(self, counts: Counter[tuple[str, str]]) -> None:
        hour = clock.now().replace(minute=0, second=0, microsecond=0)
        rows = [
            {"hour": hour, "endpoint": endpoint, "reason": reason, "count": count}
            for (endpoint, reason), count in sorted(counts.items())
        ]
        with writing(self._engine) as session:
            insert_rows(session, WebhookRefusal, rows, _added_up)


def _added_up(insert: Insert) -> Executable:
    return insert.on_conflict_do_update(
        index_elements=[WebhookRefusal.hour, WebhookRefusal.endpoint, WebhookRefusal.reason],
        set_={"count": WebhookRefusal.count + insert.excluded.count},
    )
