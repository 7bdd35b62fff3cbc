"""Beside the sweep: looking at Meta's for messages of which nobody knows whether they were sent."""

from __future__ import annotations

from threading import Event

import structlog
from sqlalchemy.exc import DBAPIError

from app.tasks.process import Process

INTERVAL = 1.0
"""Seconds between two rounds, of one call to an account each: Meta takes two a second."""

log = structlog.get_logger()


def run(process: Process, stop: Event) -> None:
    """Look every second until ``stop`` is set; a database that is away is waited for."""
    while not stop.wait(INTERVAL):
        try:
            process.installation.looks.look()
        except DBAPIError as problem:
            log.warning("looks_failed", error=type(problem.orig).__name__)
        except Exception:  # nobody starts this thread again
            log.exception("looks_failed")
