"""The sweep: what no bell announced, done from the database alone.

It runs beside the workers and needs no Redis. While a worker does its work, the sweep finds
nothing overdue and does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.inbox import broken, claim, drain, expiry, recover, waking
from app.inbox.retention import Retention
from app.models.database import is_away, reading, writing
from app.tasks.process import Process

INTERVAL = 1.0
"""Seconds between two looks."""

log = structlog.get_logger()


def run(process: Process, stop: Event) -> None:
    """Look every second until ``stop`` is set; a database that is away is waited for."""
    installation = process.installation
    retention = Retention(installation.engine, installation.settings.event_days)
    while not stop.is_set():
        try:
            sweep(process)
            retention.step()
        except DBAPIError as problem:
            log.warning("sweep_failed", error=type(problem.orig).__name__)
        stop.wait(INTERVAL)


def sweep(process: Process) -> None:
    """Free what dead workers hold, end snoozes, drain what waits, end windows, send what is due."""
    engine = process.installation.engine
    with reading(engine) as session:
        waiting, stuck = drain.is_waiting(session), recover.is_stuck(session)
        due, asleep = claim.is_due(session), waking.is_due(session)
        untidy, over = broken.is_untidy(session), expiry.due(session)
    if stuck:
        with writing(engine) as session:
            log.info("recovered", deliveries=recover.recover(session))
    if asleep:
        with writing(engine) as session:
            log.info("woken", conversations=waking.wake(session))
    if untidy:
        with writing(engine) as session:
            broken.tidy(session)
    if waiting:
        process.installation.drain().run(until=process.stop)
    if over and _is_all_applied(process):
        _expire(engine, over)
    if due or stuck or untidy:
        process.pool.work()


def _is_all_applied(process: Process) -> bool:
    """Say whether nothing waits that a customer wrote: it may open a window again."""
    with reading(process.installation.engine) as session:
        is_waiting = drain.is_waiting(session)
    return not is_waiting and not process.installation.spool.state().count


def _expire(engine: Engine, over: Sequence[int]) -> None:
    """Let answers fail together; where that fails by a mistake, each alone."""
    try:
        with writing(engine) as session:
            log.info("expired", deliveries=expiry.expire(session, over))
    except Exception as problem:
        if is_away(problem):
            raise
        if len(over) == 1:
            log.exception("not_expired", delivery_id=over[0])
            return
        for one in over:
            _expire(engine, [one])
