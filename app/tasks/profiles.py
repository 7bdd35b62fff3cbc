"""Asking for the names of people, beside everything else: a slow Meta holds nothing up."""

from __future__ import annotations

from threading import Event

import structlog
from sqlalchemy.exc import DBAPIError

from app.inbox.profiles import fetch_names
from app.tasks.process import Process

INTERVAL = 2.0
"""Seconds between two looks."""

log = structlog.get_logger()


def run(process: Process, stop: Event) -> None:
    """Ask for new people's names every two seconds until ``stop`` is set."""
    installation = process.installation
    while not stop.wait(INTERVAL):
        try:
            fetch_names(installation.engine, installation.graph, installation.keyring)
        except DBAPIError as problem:
            log.warning("names_not_fetched", error=type(problem.orig).__name__)
        except Exception:  # nobody starts this thread again
            log.exception("names_not_fetched")
