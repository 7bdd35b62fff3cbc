"""How the installation does, as lines of a checklist; the thresholds are those of the alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from flask_babel import format_decimal

from app.inbox.alerts import DISK_FULL, DISK_LOW, LATE, LATE_ANSWER, STUCK, is_filling
from app.inbox.beats import Alive
from app.inbox.spool.folder import State
from app.inbox.vitals import CAP, Heap
from app.locale import gettext as _
from app.locale import ngettext
from app.models.states import Outcome
from app.present.events import outcome_name
from app.present.signs import Line, Sign
from app.present.times import left

MANY_BELLS = 100
HELP = "troubleshooting.md"


def bodies(heap: Heap, now: datetime) -> Line:
    """Return the line about webhook bodies that nobody has unpacked."""
    return _waiting(_("Incoming webhooks"), heap, now, _("All are unpacked."))


def items(heap: Heap, now: datetime) -> Line:
    """Return the line about items that wait to be applied."""
    return _waiting(_("Incoming items"), heap, now, _("All are applied."))


def sends(heap: Heap, now: datetime) -> Line:
    """Return the line about answers on their way."""
    page = f"{HELP}#answers-wait"
    return _waiting(_("Outgoing answers"), heap, now, _("None waits."), page, LATE_ANSWER)


def _waiting(
    title: str,
    heap: Heap,
    now: datetime,
    empty: str,
    page: str = f"{HELP}#nothing-is-processed",
    late: timedelta = LATE,
) -> Line:
    if heap.oldest_at is None:
        return Line(title, Sign.OK, empty)
    age = max(now - heap.oldest_at, timedelta())
    words = ngettext("%(number)s waits,", "%(number)s wait,", heap.count, number=count(heap.count))
    words = f"{words} {_('the oldest for %(time)s.', time=left(age))}"
    if age <= late:
        return Line(title, Sign.OK, words, at=heap.oldest_at)
    sign = Sign.BAD if age > STUCK else Sign.SOON
    step = _("Look whether a worker or the sweep is alive; the log says what it does.")
    return Line(title, sign, words, at=heap.oldest_at, next_step=step, page=page)


def outcomes(counts: Mapping[str, int]) -> Line:
    """Return the line about what became of the last day's items."""
    title = _("Outcomes of the last 24 hours")
    if not counts:
        return Line(title, Sign.IDLE, _("Nothing arrived."))
    figures = sorted(counts.items())
    shown = ", ".join(f"{outcome_name(name)} {count(many)}" for name, many in figures)
    capped = _("of the newest %(number)s", number=count(CAP)) if sum(counts.values()) >= CAP else ""
    stuck = counts.get(Outcome.PARKED, 0) + counts.get(Outcome.FAILED, 0)
    if not stuck:
        return Line(title, Sign.OK, _("No item failed."), detail=f"{shown} {capped}")
    return Line(
        title,
        Sign.SOON,
        ngettext(
            "%(num)s item could not be applied.", "%(num)s items could not be applied.", stuck
        ),
        detail=f"{shown} {capped}",
        next_step=_("They are kept. Look why, repair it, and replay them."),
        page=f"{HELP}#items-that-failed",
    )


def unroutable(number: int) -> Line:
    """Return the line about items that no account may have."""
    title = _("Without an account")
    if not number:
        return Line(title, Sign.OK, _("Every item found its account."))
    words = ngettext(
        "%(number)s item waits for an account.",
        "%(number)s items wait for an account.",
        number,
        number=count(number),
    )
    step = _("They are applied by themselves once the account is connected and proven.")
    return Line(title, Sign.SOON, words, next_step=step, page="connect-instagram.md#unroutable")


def refused(counts: Mapping[str, int], told: Line | None) -> Line:
    """Return the line about refused webhooks; ``told`` is what the alerts say of them, if any."""
    title, total = _("Refused webhooks of the last 24 hours"), sum(counts.values())
    if not total:
        return Line(title, Sign.OK, _("None."))
    return Line(
        title,
        told.sign if told else Sign.IDLE,
        ngettext("%(number)s was refused.", "%(number)s were refused.", total, number=count(total)),
        detail=", ".join(f"{reason}: {count(many)}" for reason, many in sorted(counts.items())),
        next_step=told.next_step if told else _("Nothing to do as long as messages arrive."),
        page=f"{HELP}#signature",
    )


def process(alive: Alive) -> Line:
    """Return the line about one kind of process."""
    title = {"worker": _("Worker"), "sweep": _("Sweep")}.get(alive.kind, alive.kind)
    if alive.count:
        words = ngettext("%(num)s is alive.", "%(num)s are alive.", alive.count)
        return Line(title, Sign.OK, words, at=alive.seen_at)
    words = _("Not seen any more.") if alive.seen_at else _("Never seen.")
    return Line(
        title,
        Sign.BAD,
        words,
        at=alive.seen_at,
        next_step=_("Start it again, and look into its log."),
        page=f"{HELP}#a-process-is-not-seen",
    )


def redis(bells: Mapping[str, int] | None) -> Line:
    """Return the line about Redis and the bells that wait in it."""
    if bells is None:
        return Line(
            "Redis",
            Sign.SOON,
            _("Away. Everything works, about a second slower."),
            next_step=_("Start it again; nothing in it is lost that counts."),
            page=f"{HELP}#redis-is-away",
        )
    waiting = sum(bells.values())
    words = ngettext("%(num)s job waits.", "%(num)s jobs wait.", waiting)
    if waiting > MANY_BELLS:
        step = _("Look whether a worker is alive.")
        page = f"{HELP}#a-process-is-not-seen"
        return Line("Redis", Sign.SOON, words, next_step=step, page=page)
    return Line("Redis", Sign.OK, words)


def spool(state: State, now: datetime) -> Line:
    """Return the line about bodies that are kept in files until the database takes them."""
    title, page = _("Spool"), f"{HELP}#the-spool-is-in-use"
    if state.count:
        waiting = _waiting(title, Heap(state.count, state.since), now, "")
        sign = Sign.BAD if is_filling(state) else Sign.SOON
        room = _("%(used)s of %(limit)s", used=size(state.size), limit=size(state.limit))
        step = _("The database was away. Look whether it answers, and whether the sweep is alive.")
        return replace(waiting, sign=sign, detail=room, next_step=step, page=page)
    if state.damaged:
        words = ngettext(
            "%(num)s file holds what could not be read.",
            "%(num)s files hold what could not be read.",
            state.damaged,
        )
        step = _("Look into the folder, then delete them.")
        return Line(title, Sign.SOON, words, next_step=step, page=page)
    return Line(title, Sign.OK, _("Empty. The database takes every webhook."))


def disk(free: int, total: int) -> Line:
    """Return the line about the disk of INLET_HOME, in bytes."""
    part = free / total if total else 0.0
    words = _(
        "%(free)s free of %(total)s (%(part)d %%).",
        free=size(free),
        total=size(total),
        part=round(part * 100),
    )
    if part >= DISK_LOW:
        return Line(_("Disk"), Sign.OK, words)
    sign = Sign.BAD if part < DISK_FULL else Sign.SOON
    step = _("Make room: a full disk stores no webhook.")
    return Line(_("Disk"), sign, words, next_step=step, page=f"{HELP}#the-disk-is-full")


def size(octets: int) -> str:
    """Return a number of bytes in the unit that fits."""
    amount, units = float(octets), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:  # noqa: PLR2004 - SI units
        amount, units = amount / 1000, units[1:]
    return f"{format_decimal(round(amount, 1))} {units[0]}"


def count(number: int) -> str:
    """Return a count; one that was capped says so."""
    return f"{format_decimal(CAP)}+" if number >= CAP else str(format_decimal(number))
