"""The processes behind the web server: ``python worker.py worker`` and ``python worker.py sweep``.

The worker listens to Redis (RQ) and sends on a pool of threads. The sweep
works from the database alone, so that everything goes on while Redis is away.
"""

from __future__ import annotations

import signal
import sys
import threading
import time

import structlog

from app import logs
from app.tasks import profiles, sweep
from app.tasks.process import process

SEND_SECONDS = 5.0
"""How long a stopping process waits for sends that have begun."""

log = structlog.get_logger()


def work() -> None:
    """Run RQ jobs until told to stop; where Redis is away, try again every second."""
    import redis
    import rq
    from rq.serializers import JSONSerializer

    from app.queue import INBOUND, OUTBOUND

    settings = process().installation.settings
    connection = redis.Redis.from_url(settings.redis, health_check_interval=10)
    queues = [
        rq.Queue(name, connection=connection, serializer=JSONSerializer)
        for name in (INBOUND, OUTBOUND)
    ]
    while True:
        try:
            worker = rq.SimpleWorker(queues, connection=connection, serializer=JSONSerializer)
            worker.work(logging_level=settings.log_level)
            break
        except redis.RedisError as problem:
            log.warning("redis_away", error=type(problem).__name__)
            time.sleep(1)
    process().pool.close(SEND_SECONDS)


def run_sweep() -> None:
    """Sweep until told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=profiles.run, args=(process(), stop), daemon=True).start()
    sweep.run(process(), stop)
    process().pool.close(SEND_SECONDS)


if __name__ == "__main__":
    roles = {"worker": work, "sweep": run_sweep}
    role = roles.get(sys.argv[1]) if len(sys.argv) == 2 else None  # noqa: PLR2004
    if role is None:
        sys.exit("usage: python worker.py worker|sweep")
    logs.configure(process().installation.settings.log_level)
    role()
