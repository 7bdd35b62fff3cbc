"""Jobs for what is to be sent."""

from __future__ import annotations

from app.tasks.process import process


def send_due() -> None:
    """Let the send pool take what is due; the job ends before the sends do."""
    process().pool.work()
