"""What was missed and fetched from Meta, and how its subscription stands: lines of a checklist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from app.inbox import repair
from app.inbox.repair import Result
from app.locale import gettext as _
from app.locale import ngettext, translated
from app.models import ChannelAccount
from app.present.signs import Line, Sign

REMEMBERED = timedelta(days=7)
"""So long people are told that an account was unsubscribed."""
HELP = "troubleshooting.md#some-messages-missing"


def gap_lines(accounts: Iterable[ChannelAccount]) -> list[Line]:
    """Return the lines about gaps, for accounts where one was looked for or is to be."""
    return [line for account in accounts if (line := gap_line(account))]


def account_lines(accounts: Iterable[ChannelAccount], now: datetime) -> list[Line]:
    """Return what is wrong with subscriptions and gaps, each line under its account's name."""
    return [
        replace(line, title=f"{account.name or account.external_id}: {line.title}")
        for account in accounts
        for line in (subscription_line(account, now), gap_line(account))
        if line is not None and line.sign not in {Sign.OK, Sign.IDLE}
    ]


def gap_line(account: ChannelAccount) -> Line | None:
    """Return the line about an account's gaps; None where nobody has looked or is to."""
    found = repair.last(account)
    if account.repair_due_at is not None:
        return _waiting(account, found)
    return None if found is None else _done(account, found)


def _waiting(account: ChannelAccount, found: Result | None) -> Line:
    title, problem = _title(), found.problem if found else None
    if problem is None:
        return Line(title, Sign.IDLE, _("Looking for them at Meta."), at=account.repair_from)
    return Line(
        title,
        Sign.SOON,
        _("They could not be looked for: %(why)s", why=translated(problem.message)),
        at=account.repair_from,
        detail=found.metas_words if found else None,
        next_step=translated(problem.next_step),
        page=problem.page,
    )


def _done(account: ChannelAccount, found: Result) -> Line:
    limits = [words for count, words in _limits(found) if count]
    return Line(
        _title(),
        Sign.SOON if limits else Sign.OK,
        " ".join([_recovered(found.messages), *limits]),
        at=account.repaired_at,
        page=HELP if limits else None,
    )


def _recovered(number: int) -> str:
    if not number:
        return _("None was missing when Inlet looked.")
    return ngettext("%(num)d message recovered.", "%(num)d messages recovered.", number)


def _limits(found: Result) -> list[tuple[int, str]]:
    """Return what Meta did not give, each with how often."""
    gaps = ngettext(
        "Of %(num)d conversation Meta gives only the newest messages: older ones may be missing.",
        "Of %(num)d conversations Meta gives only the newest messages: older ones may be missing.",
        found.gaps,
    )
    unread = ngettext(
        "%(num)d conversation was not shown by Meta.",
        "%(num)d conversations were not shown by Meta.",
        found.unread,
    )
    cut = _("More conversations had changed than are looked at; the oldest were left out.")
    return [(found.gaps, gaps), (found.unread, unread), (int(found.is_cut), cut)]


def _title() -> str:
    return _("Missed messages")


def subscription_lines(accounts: Iterable[ChannelAccount], now: datetime) -> list[Line]:
    """Return the lines about accounts that Meta had unsubscribed, or that nobody can subscribe."""
    return [line for account in accounts if (line := subscription_line(account, now))]


def subscription_line(account: ChannelAccount, now: datetime) -> Line | None:
    """Return the line about an account's subscription; None where there is nothing to say."""
    title, problem = _("Subscription"), account.subscription_problem
    if problem is not None:
        return Line(
            title,
            Sign.BAD,
            f"{translated(problem['message'])} {translated(problem['explanation'])}",
            at=account.subscription_checked_at,
            detail=problem.get("metas_words"),
            next_step=translated(problem["next_step"]),
            page=problem["page"],
        )
    if account.resubscribed_at is None or now - account.resubscribed_at > REMEMBERED:
        return None
    return Line(
        title,
        Sign.SOON,
        _("Meta had unsubscribed this account. Inlet subscribed it again and looks for what came."),
        at=account.resubscribed_at,
        next_step=_("Look why webhooks failed for an hour."),
        page="troubleshooting.md#stopped-suddenly",
    )
