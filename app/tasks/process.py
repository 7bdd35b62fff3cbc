"""What one worker process keeps between jobs: its installation and its send pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from threading import Event

from app.installation import Installation
from app.tasks.pool import SendPool
from config import load_settings


@dataclass(frozen=True)
class Process:
    """A worker or sweep process; ``stop`` is set when it is told to end."""

    installation: Installation
    pool: SendPool
    stop: Event = field(default_factory=Event)


@cache
def process() -> Process:
    """Return what this process keeps, made at first use."""
    installation = Installation.of(load_settings())
    return Process(installation, SendPool(installation))
