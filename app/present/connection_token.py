"""What the last check of a token told, as lines of a checklist."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.inbox.token_check import Told
from app.locale import gettext as _
from app.locale import translated
from app.present.signs import Line, Sign
from app.present.times import left

EXPIRES_SOON = timedelta(days=14)
"""So long before a token expires its admin is warned."""
TOKEN_HELP = "connect-instagram.md#the-access-token"  # noqa: S105
SUBSCRIBE_HELP = "connect-instagram.md#subscribe-the-account"


def token_lines(
    told: Told | None, checked_at: datetime | None, now: datetime, *, is_given: bool
) -> list[Line]:
    """Return the lines about the token; ``is_given`` says that there is one."""
    if told is None or checked_at is None:
        return [_unchecked(is_given=is_given)]
    lines = [_token(told, checked_at, now)]
    if told.is_valid:
        lines += [_scopes(told), _account(told), _subscription(told)]
    return lines


def _unchecked(*, is_given: bool) -> Line:
    title = _("Access token")
    if is_given:
        words, step = _("Not checked yet."), _("Press “Check now”.")
        return Line(title, Sign.SOON, words, next_step=step)
    return Line(
        title,
        Sign.SOON,
        _("None: messages arrive, but nobody can answer."),
        next_step=_("Enter one under “Edit”."),
        page=TOKEN_HELP,
    )


def _token(told: Told, checked_at: datetime, now: datetime) -> Line:
    title, problem = _("Access token"), told.problem
    if problem is not None:
        return Line(
            title,
            Sign.SOON if told.is_valid is None and told.metas_words else Sign.BAD,
            f"{translated(problem.message)} {translated(problem.explanation)}",
            at=checked_at,
            detail=told.metas_words,
            next_step=translated(problem.next_step),
            page=problem.page,
        )
    sign, words = _expiry(told, now)
    is_fine = sign is Sign.OK
    return Line(
        title,
        sign,
        words,
        at=checked_at,
        next_step=None if is_fine else _("Make a new token and enter it under “Edit”."),
        page=None if is_fine else TOKEN_HELP,
    )


def _expiry(told: Told, now: datetime) -> tuple[Sign, str]:
    if told.never_expires:
        return Sign.OK, _("Valid. It does not expire.")
    if told.expires_at is None:
        return Sign.OK, _("Valid. Meta does not tell when it expires.")
    span = told.expires_at - now
    if span <= timedelta():
        return Sign.BAD, _("It has expired since it was checked.")
    sign = Sign.SOON if span < EXPIRES_SOON else Sign.OK
    return sign, _("Valid. It expires in %(time)s.", time=left(span))


def _scopes(told: Told) -> Line:
    title = _("Permissions")
    if told.scopes is None:
        return Line(title, Sign.IDLE, _("Not told by Meta."))
    if told.missing_scopes:
        return Line(
            title,
            Sign.BAD,
            _("Missing:"),
            detail=", ".join(told.missing_scopes),
            next_step=_("Make a new token with these permissions too."),
            page=TOKEN_HELP,
        )
    return Line(title, Sign.OK, _("All that are needed."), detail=", ".join(told.scopes))


def _account(told: Told) -> Line:
    names = []
    if told.account is not None:
        name = f"@{told.account.name}" if told.account.name else "Instagram"
        names.append(f"{name} ({told.account.id})")
    if told.page is not None:
        names.append(f"{told.page.name or _('Page')} ({told.page.id})")
    if told.account is None:
        return Line(
            _("Account"),
            Sign.BAD,
            _("No Instagram account is linked to this Page."),
            detail=", ".join(names) or None,
            next_step=_("Link it in the Page's settings, or choose another Page."),
            page="connect-instagram.md#what-you-need",
        )
    return Line(_("Account"), Sign.OK, _("The token speaks for:"), detail=", ".join(names))


def _subscription(told: Told) -> Line:
    title = _("Subscription")
    if told.fields is None:
        return Line(title, Sign.IDLE, _("Not told by Meta."))
    if told.missing_fields:
        return Line(
            title,
            Sign.BAD,
            _("The account is not subscribed to your app: no real message arrives."),
            detail=", ".join(told.fields) or None,
            next_step=_("Subscribe it with the one call that the guide shows."),
            page=SUBSCRIBE_HELP,
        )
    return Line(title, Sign.OK, _("Meta delivers:"), detail=", ".join(told.fields))
