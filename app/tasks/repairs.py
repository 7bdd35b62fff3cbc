"""Filling gaps, beside everything else: it waits between its calls to Meta, nobody else does."""

from __future__ import annotations

from threading import Event

import structlog
from sqlalchemy.exc import DBAPIError

from app.tasks.process import Process

INTERVAL = 2.0
"""Seconds between two looks."""
PACE = 0.6
"""Seconds between two calls to Meta, which takes two a second for an account."""

log = structlog.get_logger()


def run(process: Process, stop: Event) -> None:
    """Repair what is due until ``stop`` is set; what was begun goes on with the next process."""
    while not stop.wait(INTERVAL):
        try:
            for _ in process.installation.repairs.work():
                if stop.wait(PACE):
                    return
        except DBAPIError as problem:
            log.warning("gaps_not_repaired", error=type(problem.orig).__name__)
        except Exception:  # nobody starts this thread again
            log.exception("gaps_not_repaired")
