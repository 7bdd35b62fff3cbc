"""What one worker process keeps between jobs: its installation and its send pool."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from app.installation import Installation
from app.tasks.pool import SendPool
from config import load_settings


@dataclass(frozen=True)
class Process:
    """A worker or sweep process."""

    installation: Installation
    pool: SendPool


@cache
def process() -> Process:
    """Return what this process keeps, made at first use."""
    installation = Installation.of(load_settings())
    return Process(installation, SendPool(installation))
