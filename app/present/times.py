"""Moments in words, in the reader's language and time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

import babel.dates
from flask_babel import format_date

from app.locale import gettext as _
from app.locale import language_and_zone, ngettext

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOON = 4 * HOUR


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago ``moment`` was, short enough for a list."""
    past = now - moment
    if past < MINUTE:
        return _("now")
    if past < HOUR:
        return _("%(minutes)d min", minutes=past // MINUTE)
    if past < DAY:
        return _("%(hours)d h", hours=past // HOUR)
    if past < 7 * DAY:
        return format_moment(moment, "EEE")
    is_this_year = _local(moment).year == _local(now).year
    return format_moment(moment, "d MMM" if is_this_year else "d MMM y")


def left(span: timedelta) -> str:
    """Return how much time is left, as exact as it matters."""
    if span < HOUR:
        return _("%(minutes)d min", minutes=max(1, span // MINUTE))
    if span < SOON:
        return _("%(hours)d h %(minutes)02d", hours=span // HOUR, minutes=span % HOUR // MINUTE)
    if span < 2 * DAY:
        return _("%(hours)d h", hours=span // HOUR)
    return ngettext("%(num)d day", "%(num)d days", span // DAY)


def exact(moment: datetime) -> str:
    """Return date, time and zone."""
    return _exact(moment, *language_and_zone())


def day(moment: datetime) -> str:
    """Return the date, short."""
    return format_date(_local(moment), "d MMM y")


def clock_time(moment: datetime) -> str:
    """Return hours and minutes."""
    return format_moment(moment, "HH:mm")


def short(moment: datetime) -> str:
    """Return day and time, short enough for a sentence."""
    return format_moment(moment, "EEE d MMM, HH:mm")


def coming(moment: datetime, now: datetime) -> str:
    """Return day and time of a moment ahead, today and tomorrow by their names."""
    distance = day_of(moment) - day_of(now)
    if not distance:
        return _("today %(time)s", time=clock_time(moment))
    if distance == DAY:
        return _("tomorrow %(time)s", time=clock_time(moment))
    return short(moment)


def day_of(moment: datetime) -> date:
    """Return the reader's day."""
    return _local(moment).date()


def day_name(day: date, now: datetime) -> str:
    """Return Today, Yesterday or the date."""
    distance = day_of(now) - day
    if not distance:
        return _("Today")
    if distance == DAY:
        return _("Yesterday")
    return format_date(day, "EEEE, d MMMM" if day.year == day_of(now).year else "d MMMM y")


def from_milliseconds(place: int) -> datetime:
    """Return the moment of a message's place."""
    return datetime.fromtimestamp(place / 1000, UTC)


def format_moment(moment: datetime, pattern: str) -> str:
    """Return a moment as ``pattern`` says, in the reader's language and time zone."""
    return _formatted(moment, pattern, *language_and_zone())


# A polled list shows the same moments again and again.
@lru_cache(maxsize=8192)
def _formatted(moment: datetime, pattern: str, language: str, zone: tzinfo) -> str:
    return babel.dates.format_datetime(moment, pattern, zone, language)


@lru_cache(maxsize=8192)
def _exact(moment: datetime, language: str, zone: tzinfo) -> str:
    shown = babel.dates.format_datetime(moment, "EEEE, d MMMM y, HH:mm:ss", zone, language)
    return f"{shown} {moment.astimezone(zone).tzname() or zone}"


def _local(moment: datetime) -> datetime:
    return moment.astimezone(language_and_zone()[1])
