"""Beside the sweep: what was kept in files while the database was away."""

from __future__ import annotations

from threading import Event

import structlog
from sqlalchemy.exc import DBAPIError

from app.tasks.process import Process

INTERVAL = 1.0
"""Seconds between two looks."""

log = structlog.get_logger()


def run(process: Process, stop: Event) -> None:
    """Look every second until ``stop`` is set; a database that is away is waited for."""
    unspool = process.installation.unspool()
    while not stop.is_set():
        try:
            unspool.run()
        except (DBAPIError, OSError) as problem:
            log.warning("unspool_failed", error=type(problem).__name__)
        stop.wait(INTERVAL)
