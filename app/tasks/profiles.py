"""Asking for people's profiles, beside everything else: a slow Meta holds nothing up."""

from __future__ import annotations

from threading import Event

import structlog
from sqlalchemy.exc import DBAPIError

from app.tasks.process import Process

INTERVAL = 2.0
"""Seconds between two looks."""

log = structlog.get_logger()


def run(process: Process, stop: Event) -> None:
    """Ask for the profiles that are due every two seconds until ``stop`` is set."""
    while not stop.wait(INTERVAL):
        try:
            process.installation.profiles.fetch()
        except DBAPIError as problem:
            log.warning("profiles_not_fetched", error=type(problem.orig).__name__)
        except Exception:  # nobody starts this thread again
            log.exception("profiles_not_fetched")
