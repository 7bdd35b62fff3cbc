"""Taking a webhook in: who signed it, and one INSERT that makes it durable."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from threading import Lock

import structlog
from sqlalchemy import Engine, bindparam, create_engine, text
from sqlalchemy.exc import DBAPIError

from app import clock
from app.channels import signature
from app.inbox.keyring import Keyring
from app.models import WebhookRefusal
from app.models.base import UtcDateTime
from app.models.bulk import insert_rows
from app.models.database import engine_options, reading, writing

RELOAD_SECONDS = 1.0
FLUSH_SECONDS = 5.0
MAX_BODY = 5_000_000

log = structlog.get_logger()

_STORE = text(
    "INSERT INTO external_event_log "
    "(endpoint, body, digest, verified_by, received_at, last_received_at, received_count, state) "
    "VALUES (:endpoint, :body, :digest, :verified_by, :now, :now, 1, 'pending') "
    "ON CONFLICT (digest, verified_by) DO UPDATE SET "
    "received_count = external_event_log.received_count + 1, "
    "last_received_at = excluded.last_received_at"
).bindparams(bindparam("now", type_=UtcDateTime()))


class Mailroom:
    """Stores signed bodies on an engine of its own that commits each statement by itself."""

    def __init__(self, engine: Engine) -> None:
        """Take the installation's engine; on SQLite it is used as it is."""
        self._engine = engine
        if engine.dialect.name != "sqlite":
            options = engine_options("postgresql") | {
                "pool_pre_ping": False,
                "pool_reset_on_return": None,
                "isolation_level": "AUTOCOMMIT",
            }
            self._engine = create_engine(engine.url, **options)

    def store(self, endpoint: str, body: bytes, verified_by: str) -> None:
        """Store a body; the same bytes under the same secret only raise its count.

        Raises :class:`sqlalchemy.exc.DBAPIError` where it could not be stored.
        """
        try:
            self._insert(endpoint, body, verified_by)
        except DBAPIError as problem:
            if not problem.connection_invalidated:
                raise
            # The pool held a connection from before a restart; it is emptied by now.
            self._insert(endpoint, body, verified_by)

    def _insert(self, endpoint: str, body: bytes, verified_by: str) -> None:
        row = {
            "endpoint": endpoint,
            "body": body,
            "digest": hashlib.sha256(body).digest(),
            "verified_by": verified_by,
            "now": clock.now(),
        }
        with self._engine.begin() as connection:
            connection.execute(_STORE, row)


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
            insert = insert_rows(session, WebhookRefusal, rows)
            session.execute(
                insert.on_conflict_do_update(
                    index_elements=[
                        WebhookRefusal.hour,
                        WebhookRefusal.endpoint,
                        WebhookRefusal.reason,
                    ],
                    set_={"count": WebhookRefusal.count + insert.excluded.count},
                )
            )
