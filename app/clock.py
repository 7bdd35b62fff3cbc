"""The one clock: aware UTC, and milliseconds since the epoch for places in a thread."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment as aware UTC."""
    return datetime.now(UTC)


def milliseconds(moment: datetime) -> int:
    """Return ``moment`` as whole milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)
