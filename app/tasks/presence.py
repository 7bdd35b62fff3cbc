"""The web server's signs of life. They stay when it ends, and so tell how long it was away."""

from __future__ import annotations

import os
import socket
from threading import Event, Thread

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app import clock
from app.inbox import absence, beats
from app.models.database import writing

log = structlog.get_logger()


def appear(engine: Engine) -> None:
    """Give signs of life from now on, as long as this process lives."""
    Thread(target=run, args=(engine, Event()), daemon=True).start()


def run(engine: Engine, stop: Event) -> None:
    """Give a sign every ten seconds until ``stop`` is set; a missed one is made up for."""
    name, started_at = f"{socket.gethostname()}:{os.getpid()}", clock.now()
    while True:
        try:
            with writing(engine) as session:
                absence.appear(session, name, started_at)
        except DBAPIError as problem:
            log.warning("beat_missed", error=type(problem.orig).__name__)
        if stop.wait(beats.INTERVAL.total_seconds()):
            return
