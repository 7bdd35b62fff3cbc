"""The bell: tells workers that there is something to do.

The database holds the work; a bell that is not heard costs seconds, because the sweep looks by
itself. So ringing never fails and never waits long.
"""

from __future__ import annotations

import time
from threading import Lock

import redis
import rq
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.serializers import JSONSerializer

INBOUND = "inbound"
OUTBOUND = "outbound"
QUIET_SECONDS = 0.05
"""A bell rung again within this time is not heard again; the drain lingers longer than that."""
DEAF_SECONDS = 2.0
"""After Redis did not answer, nobody tries to ring for this long."""

log = structlog.get_logger()


class Queue:
    """Rings for the inbound drain and for outbound sends."""

    def __init__(self, url: str) -> None:
        """Take the address of Redis; nothing is connected before the first ring."""
        self._connection = redis.Redis.from_url(
            url,
            socket_connect_timeout=0.2,
            socket_timeout=0.5,
            retry=Retry(NoBackoff(), 0),
        )
        self._not_before = {INBOUND: 0.0, OUTBOUND: 0.0}
        self._lock = Lock()

    def ring_inbound(self) -> None:
        """Say that a webhook body waits."""
        self._ring(INBOUND, "app.tasks.inbound.drain", QUIET_SECONDS)

    def ring_outbound(self) -> None:
        """Say that a message waits to be sent."""
        self._ring(OUTBOUND, "app.tasks.outbound.send_due", 0.0)

    def waiting(self) -> dict[str, int] | None:
        """Return how many bells nobody has answered yet, by queue; None while Redis is away."""
        try:
            return {name: self._named(name).count for name in (INBOUND, OUTBOUND)}
        except redis.RedisError:
            return None

    def version(self) -> str | None:
        """Return the version of Redis, or None while it is away."""
        try:
            return str(self._connection.info("server").get("redis_version"))
        except redis.RedisError:
            return None

    def is_reachable(self) -> bool:
        """Say whether Redis answers."""
        try:
            return bool(self._connection.ping())
        except redis.RedisError:
            return False

    def _ring(self, name: str, job: str, quiet: float) -> None:
        with self._lock:
            if time.monotonic() < self._not_before[name]:
                return
            self._not_before[name] = time.monotonic() + quiet
        try:
            queue = self._named(name)
            if not queue.count:  # a bell that waits will be answered for this ring too
                queue.enqueue(job, result_ttl=0, failure_ttl=3600, retry=rq.Retry(max=3))
        except redis.RedisError as problem:
            log.warning("bell_not_heard", queue=name, error=type(problem).__name__)
            with self._lock:
                self._not_before = dict.fromkeys(self._not_before, time.monotonic() + DEAF_SECONDS)

    def _named(self, name: str) -> rq.Queue:
        return rq.Queue(name, connection=self._connection, serializer=JSONSerializer)
