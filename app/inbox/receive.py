"""At the door: who signed a webhook, and how many were refused."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from threading import Lock

import structlog
from sqlalchemy import Engine, Executable
from sqlalchemy.exc import DBAPIError

from app import clock
from app.channels import signature
from app.inbox.keyring import Keyring
from app.models import WebhookRefusal
from app.models.bulk import Insert, insert_rows
from app.models.database import reading, writing

RELOAD_SECONDS = 1.0
FLUSH_SECONDS = 5.0
MAX_BODY = 5_000_000
WRONG_SIGNATURE, NO_SIGNATURE = "wrong signature", "no signature"
"""Why a body is refused."""

log = structlog.get_logger()


class SecretsAwayError(Exception):
    """The secrets cannot be read now, so that nobody knows whether a signature is good."""


class Doorkeeper:
    """Knows every secret that may sign, in process memory; a new one is noticed in a second."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        """Load nothing yet."""
        self._engine = engine
        self._keyring = keyring
        self._secrets: list[str] | None = None
        self._tried_at = float("-inf")
        self._is_fresh = False
        self._lock = Lock()

    def verify(self, body: bytes, header: str | None) -> str | None:
        """Return the fingerprint of the secret that signed ``body``, or None.

        An unknown signature makes it read the secrets again, at most once a second. Raises
        :class:`SecretsAwayError` where they cannot be read: the signature may be good under one
        that was entered meanwhile. What is no signature at all is None at any time.
        """
        secret = signature.verify(body, header, self._secrets or [])
        if secret is None and signature.is_readable(header):
            self._reload()
            secret = signature.verify(body, header, self._secrets or [])
        return self._keyring.vault.fingerprint(secret) if secret else None

    def make_ready(self) -> None:
        """Load the secrets where none were loaded yet and that is possible."""
        if self._secrets is None:
            with suppress(SecretsAwayError):
                self._reload()

    def _reload(self) -> None:
        if not self._lock.acquire(timeout=RELOAD_SECONDS):
            raise SecretsAwayError
        try:
            if time.monotonic() >= self._tried_at + RELOAD_SECONDS:
                self._is_fresh = self._load()
                self._tried_at = time.monotonic()
            if not self._is_fresh:
                raise SecretsAwayError
        finally:
            self._lock.release()

    def _load(self) -> bool:
        try:
            with reading(self._engine) as session:
                self._secrets = list(self._keyring.webhook_secrets(session))
        except DBAPIError as problem:
            log.warning("secrets_not_read", error=type(problem.orig).__name__)
            return False
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
