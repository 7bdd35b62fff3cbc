"""When a conversation is read at Meta's for a message of which nobody knows whether it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta

AFTER = (
    timedelta(seconds=15),
    timedelta(seconds=30),
    timedelta(seconds=60),
    timedelta(minutes=5),
)
"""After the beginning of the call; a call that Meta does not answer takes ten seconds."""


def first_look(began: datetime | None, now: datetime) -> datetime:
    """Return when to look first: also where that time has passed it is worth one look."""
    return next_look(began, now) or now


def next_look(began: datetime | None, now: datetime) -> datetime | None:
    """Return when to look next for a call that ``began`` then; None after the last time."""
    return next((began + after for after in AFTER if began and began + after > now), None)
