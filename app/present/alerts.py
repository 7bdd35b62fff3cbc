"""Alerts in words: what is wrong, what it means, and what to do next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.inbox.alerts import CAP, Alert, Kind
from app.locale import gettext as _
from app.locale import ngettext
from app.present.signs import Line, Sign
from app.present.times import left

HELP = "troubleshooting.md"


def line(alert: Alert, now: datetime, *, may_mend: bool = True) -> Line:
    """Return an alert as a line; without a next step for those who cannot take it."""
    title, words, step, page = _words(alert, _age(alert, now))
    sign = Sign.BAD if alert.is_urgent else Sign.SOON
    found = Line(title, sign, words, at=alert.since, detail=alert.name)
    return replace(found, next_step=step, page=f"{HELP}#{page}") if may_mend else found


def _age(alert: Alert, now: datetime) -> str:
    return left(now - alert.since) if alert.since else ""


def _words(alert: Alert, age: str) -> tuple[str, str, str, str]:
    """Return title, sentence, next step and the part of the troubleshooting page."""
    match alert.kind:
        case Kind.WEBHOOKS_LATE | Kind.ITEMS_LATE | Kind.ANSWERS_LATE:
            return _late(alert, age)
        case Kind.WEBHOOKS_REFUSED | Kind.WEBHOOKS_UNSIGNED:
            return _refused(alert)
        case Kind.WEBHOOKS_SILENT | Kind.ITEMS_FAILED:
            return _from_meta(alert, age)
        case Kind.SPOOL_IN_USE | Kind.SPOOL_DAMAGED:
            return _spool(alert, age)
        case Kind.WORKER_MISSING | Kind.SWEEP_MISSING:
            return _missing(alert, age)
        case Kind.DISK_LOW:
            return (
                _("Disk"),
                _("The disk has little room left. A full disk stores no message."),
                _("Make room."),
                "the-disk-is-full",
            )


def _late(alert: Alert, age: str) -> tuple[str, str, str, str]:
    step = _("Look whether worker and sweep are alive, and into their logs.")
    if alert.kind == Kind.ANSWERS_LATE:
        step = _("Look whether Meta slows an account down, and whether worker and sweep are alive.")
        words = ngettext(
            "%(number)s answer has been waiting to be sent for %(time)s. It is kept.",
            "%(number)s answers have been waiting to be sent, the oldest for %(time)s. They are "
            "kept.",
            alert.count,
            number=_count(alert),
            time=age,
        )
        return _("Answers go out late"), words, step, "answers-wait"
    words = _("Customers' messages have been waiting for %(time)s. None is lost.", time=age)
    return _("New messages appear late"), words, step, "nothing-is-processed"


def _from_meta(alert: Alert, age: str) -> tuple[str, str, str, str]:
    if alert.kind == Kind.WEBHOOKS_SILENT:
        words = _("Nothing has come from Meta for %(time)s, though it usually does.", time=age)
        step = _("Write to the account from a phone. If that does not arrive, check the way.")
        return _("It is unusually quiet"), words, step, "it-is-unusually-quiet"
    words = ngettext(
        "%(number)s item that Meta delivered could not be applied. It is kept.",
        "%(number)s items that Meta delivered could not be applied. They are kept.",
        alert.count,
        number=_count(alert),
    )
    return (
        _("Items failed"),
        words,
        _("Look why under Events, then replay them."),
        "items-that-failed",
    )


def _refused(alert: Alert) -> tuple[str, str, str, str]:
    if alert.kind == Kind.WEBHOOKS_UNSIGNED:
        words = ngettext(
            "%(num)s webhook came without a signature in the last hours, and no good one. Meta "
            "signs each of its own.",
            "%(num)s webhooks came without a signature in the last hours, and no good one. Meta "
            "signs each of its own.",
            alert.count,
        )
        step = _("Look whether the proxy passes the header X-Hub-Signature-256 on.")
        return _("Webhooks without a signature"), words, step, "signature"
    words = ngettext(
        "%(num)s webhook was refused in the last hours: its signature did not match. If this "
        "goes on, Meta stops delivering.",
        "%(num)s webhooks were refused in the last hours: their signatures did not match. If "
        "this goes on, Meta stops delivering.",
        alert.count,
    )
    return _("Refused webhooks"), words, _("Compare the app secret."), "signature"


def _spool(alert: Alert, age: str) -> tuple[str, str, str, str]:
    if alert.kind == Kind.SPOOL_IN_USE:
        words = _(
            "The database did not take webhooks. They have been kept in files for %(time)s.",
            time=age,
        )
        step = _("Look whether the database answers and the sweep is alive.")
        return _("The spool is in use"), words, step, "the-spool-is-in-use"
    words = ngettext(
        "%(num)s file of the spool could not be read to its end.",
        "%(num)s files of the spool could not be read to their end.",
        alert.count,
    )
    step = _("Look into the folder, then delete them.")
    return _("Damaged spool files"), words, step, "the-spool-is-in-use"


def _missing(alert: Alert, age: str) -> tuple[str, str, str, str]:
    step, page = _("Start it again, and look into its log."), "a-process-is-not-seen"
    if alert.kind == Kind.WORKER_MISSING:
        words = _("No worker has given a sign for %(time)s.", time=age)
        if not alert.is_urgent:
            words = f"{words} {_('The sweep does its work.')}"
        return _("No worker"), words, step, page
    words = _(
        "The sweep has given no sign for %(time)s. What a crash leaves behind stays.", time=age
    )
    return _("No sweep"), words, step, page


def _count(alert: Alert) -> str:
    return f"{CAP}+" if alert.count >= CAP else str(alert.count)
