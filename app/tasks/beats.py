"""Giving signs of life, beside everything else a process does."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app import clock
from app.inbox import beats
from app.models.database import writing

log = structlog.get_logger()


@contextmanager
def beating(engine: Engine, kind: str) -> Iterator[None]:
    """Give a sign every ten seconds while the block runs; at its end take them back."""
    stop, name = Event(), f"{socket.gethostname()}:{os.getpid()}"
    thread = Thread(target=_run, args=(engine, name, kind, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(1)


def _run(engine: Engine, name: str, kind: str, stop: Event) -> None:
    started_at = clock.now()
    while not stop.is_set():
        try:
            with writing(engine) as session:
                beats.beat(session, name, kind, started_at)
        except DBAPIError as problem:
            log.warning("beat_missed", error=type(problem.orig).__name__)
        stop.wait(beats.INTERVAL.total_seconds())
    try:
        with writing(engine) as session:
            beats.end(session, name)
    except DBAPIError:
        log.warning("beat_not_ended")
