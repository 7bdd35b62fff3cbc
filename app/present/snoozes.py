"""The times until which a conversation can be snoozed, by the reader's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from flask_babel import to_utc

from app.locale import gettext as _
from app.present.times import DAY, HOUR, clock_time, day_of, short

MORNING, EVENING = time(9), time(18)
MONDAY = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """One time that is offered; ``value`` is what its button sends."""

    words: str
    time: str
    value: str


def choices(now: datetime) -> list[Choice]:
    """Return the times that are offered: an hour, this evening, tomorrow, next Monday."""
    today, tomorrow = day_of(now), day_of(now) + DAY
    monday = today + timedelta(days=7 - (today.weekday() - MONDAY) % 7)
    hour = now.replace(second=0, microsecond=0) + HOUR
    found = [Choice(_("In an hour"), clock_time(hour), hour.isoformat())]
    evening = _moment(datetime.combine(today, EVENING))
    if evening > hour:
        found.append(Choice(_("This evening"), clock_time(evening), evening.isoformat()))
    morning = _moment(datetime.combine(tomorrow, MORNING))
    found.append(Choice(_("Tomorrow"), short(morning), morning.isoformat()))
    if monday != tomorrow:
        week = _moment(datetime.combine(monday, MORNING))
        found.append(Choice(_("Next Monday"), short(week), week.isoformat()))
    return found


def chosen(value: str) -> datetime | None:
    """Return the moment that was chosen: with an offset as it is, without by the reader's clock.

    None for what is no time.
    """
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else _moment(found)
    except (ValueError, OverflowError):
        return None


def _moment(plain: datetime) -> datetime:
    there: datetime = to_utc(plain)
    return there.replace(tzinfo=UTC)
