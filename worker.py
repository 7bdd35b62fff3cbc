"""The processes behind the web server: ``python worker.py worker`` and ``python worker.py sweep``.

The worker listens to Redis (RQ) and sends on a pool of threads. The sweep
works from the database alone, so that everything goes on while Redis is away.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import structlog

from app import logs
from app.tasks import looks, profiles, repairs, sweep, unspool
from app.tasks.beats import beating
from app.tasks.process import process

SEND_SECONDS = 3.0
"""How long a stopping process waits for sends that have begun; RQ takes a second before that."""

log = structlog.get_logger()


def work() -> None:
    """Run RQ jobs until told to stop."""
    from app.tasks import listen  # RQ weighs more than the sweep, which needs none of it

    installation = process().installation
    _end_on_signals(process().stop)  # RQ's own take their place once there is Redis
    with beating(installation.engine, "worker"):
        listen.run(installation.settings.redis, installation.settings.log_level, process().stop)
    leave()


def run_sweep() -> None:
    """Sweep until told to stop."""
    stop = process().stop
    _end_on_signals(stop)
    for beside in (looks.run, profiles.run, unspool.run, repairs.run):
        threading.Thread(target=beside, args=(process(), stop), daemon=True).start()
    with beating(process().installation.engine, "sweep"):
        sweep.run(process(), stop)
    leave()


def _end_on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def leave() -> None:
    """Wait a little for sends that have begun, then end; what is cut off becomes unconfirmed."""
    is_done = process().pool.close(SEND_SECONDS)
    log.info("ended", role=sys.argv[1], are_sends_done=is_done)
    if not is_done:
        os._exit(0)  # the interpreter would wait for their threads


if __name__ == "__main__":
    roles = {"worker": work, "sweep": run_sweep}
    role = roles.get(sys.argv[1]) if len(sys.argv) == 2 else None  # noqa: PLR2004
    if role is None:
        sys.exit("usage: python worker.py worker|sweep")
    logs.configure(process().installation.settings.log_level)
    role()
