"""Subscriptions and gaps, beside everything else: it waits between calls, nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import structlog
from sqlalchemy.exc import DBAPIError

from app.tasks.process import Process

INTERVAL = 2.0
"""Seconds between two looks."""
PACE = 1.0
"""Seconds between two calls to Meta, which takes two a second for an account.

The other is left to :mod:`app.tasks.looks`.
"""

log = structlog.get_logger()


def run(process: Process, stop: Event) -> None:
    """See to subscriptions and repair what is due until ``stop`` is set.

    What was begun goes on with the next process.
    """
    installation = process.installation
    while not stop.wait(INTERVAL):
        _follow(installation.subscriptions.work(), stop)
        _follow(installation.repairs.work(), stop)


def _follow(steps: Iterator[None], stop: Event) -> None:
    """Take the steps, with a pause after each; nobody starts this thread again."""
    try:
        for _ in steps:
            if stop.wait(PACE):
                return
    except DBAPIError as problem:
        log.warning("gaps_not_repaired", error=type(problem.orig).__name__)
    except Exception:
        log.exception("gaps_not_repaired")
