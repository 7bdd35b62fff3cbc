"""RQ's side of a worker: it runs jobs until it is told to stop, whatever Redis does meanwhile."""

from __future__ import annotations

from contextlib import suppress
from threading import Event
from types import FrameType

import redis
import rq
import structlog
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from app.queue import INBOUND, OUTBOUND

PAUSE = 1.0
"""Seconds before a worker that lost Redis is followed by a new one."""

log = structlog.get_logger()


class Worker(rq.SimpleWorker):
    """RQ's worker, which notes that it was told to stop: without Redis RQ loses that wish."""

    max_connection_wait_time = 2.0
    stop: Event

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Note the wish, then let RQ end its job."""
        self.stop.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call] # RQ has gaps


def run(url: str, log_level: str, stop: Event) -> None:
    """Run jobs until told to stop, which sets ``stop``; without Redis try again every second."""
    Worker.stop = stop
    connection = redis.Redis.from_url(url, health_check_interval=10)
    queues = [
        rq.Queue(name, connection=connection, serializer=JSONSerializer)
        for name in (INBOUND, OUTBOUND)
    ]
    while not stop.is_set():
        with suppress(StopRequested):  # RQ's signal handler raises it wherever this stands
            _listen(queues, connection, log_level)
            stop.wait(PAUSE)


def _listen(queues: list[rq.Queue], connection: redis.Redis, log_level: str) -> None:
    try:
        worker = Worker(queues, connection=connection, serializer=JSONSerializer)
        worker.work(logging_level=log_level)
    except redis.RedisError as problem:
        log.warning("redis_away", error=type(problem).__name__)
