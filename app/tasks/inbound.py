"""Jobs for what Meta delivered."""

from __future__ import annotations

from app.queue import QUIET_SECONDS
from app.tasks.process import process


def drain() -> None:
    """Apply every stored webhook body that waits."""
    found = process()
    found.installation.drain().run(linger=QUIET_SECONDS * 1.5, until=found.stop)
