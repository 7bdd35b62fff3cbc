"""What became of a test webhook, step by step."""

from __future__ import annotations

from http import HTTPStatus

from app.inbox.self_test import Found, Knocked
from app.locale import gettext as _
from app.models.states import Outcome
from app.present.signs import Line, Sign


def steps(knocked: Knocked, found: Found) -> list[Line]:
    """Return the steps of a test; after the first that failed, the others are not known."""
    lines = [_reached(knocked)]
    if knocked.status is not None:
        lines.append(_accepted(knocked.status))
    if knocked.status == HTTPStatus.OK:
        lines.append(_stored(found))
    if found.is_stored:
        lines.append(_unpacked(found))
    return lines


def _reached(knocked: Knocked) -> Line:
    title, page = _("Reached"), "connect-instagram.md#public-https"
    if knocked.status is None:
        return Line(
            title,
            Sign.BAD,
            _("Nothing answered."),
            detail=f"{knocked.address} ({knocked.problem})",
            next_step=_("Look whether the web server runs and whether PUBLIC_URL is right."),
            page=page,
        )
    if knocked.unreachable is not None:
        return Line(
            title,
            Sign.SOON,
            _("The public address does not answer from this machine; its own address does."),
            detail=knocked.unreachable,
            next_step=_("Open the public address from elsewhere to see whether Meta can reach it."),
            page=page,
        )
    return Line(title, Sign.OK, _("The address answers."), detail=knocked.address)


def _accepted(status: int) -> Line:
    title = _("Signature accepted")
    if status == HTTPStatus.OK:
        return Line(title, Sign.OK, _("Answered 200."))
    if status == HTTPStatus.FORBIDDEN:
        return Line(
            title,
            Sign.BAD,
            _("Answered 403: the body was changed on the way, or another Inlet answered."),
            next_step=_("The proxy must pass the body on as it came."),
            page="troubleshooting.md#signature",
        )
    return Line(
        title,
        Sign.BAD,
        _("Answered %(status)d: something else than Inlet answers there.", status=status)
        if status < HTTPStatus.INTERNAL_SERVER_ERROR
        else _("Answered %(status)d: it could not be stored.", status=status),
        next_step=_("Look where the proxy leads, and at the health page."),
        page="troubleshooting.md#callback-url",
    )


def _stored(found: Found) -> Line:
    title = _("Stored")
    if found.is_stored:
        return Line(title, Sign.OK, _("The body is in the event log."))
    return Line(
        title,
        Sign.BAD,
        _("The body is not in the database of this Inlet: another one answered."),
        next_step=_("Look where the proxy leads."),
        page="troubleshooting.md#callback-url",
    )


def _unpacked(found: Found) -> Line:
    title = _("Unpacked")
    if found.outcome == Outcome.TEST_RECEIVED:
        return Line(title, Sign.OK, _("Seen as a test. No customer and no message was made."))
    if found.outcome in {None, Outcome.PENDING}:
        return Line(
            title,
            Sign.SOON,
            _("Not yet. Reload in a moment."),
            next_step=_("If it stays, no worker and no sweep runs: look at the health page."),
            page="operations.md#processes-and-logs",
        )
    return Line(
        title, Sign.BAD, _("It ended as: %(outcome)s", outcome=found.outcome), detail=found.outcome
    )
