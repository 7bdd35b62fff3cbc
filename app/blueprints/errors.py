"""What people see when something does not work: plain words, and what to do.

The pages ask neither session nor database: they must come out when both are away.
"""

from __future__ import annotations

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from app.inbox.errors import NotFound
from app.locale import gettext as _

RETRY_AFTER = "10"
KEPT = 20_000

log = structlog.get_logger()


def register(app: Flask) -> None:
    """Add the pages to ``app``; a blueprint's own handlers go first."""
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(CSRFError, form_expired)
    app.register_error_handler(NotFound, not_found)
    for away in (exc.OperationalError, exc.InterfaceError, exc.TimeoutError):
        app.register_error_handler(away, database_away)
    app.register_error_handler(500, broken)


def refused(error: HTTPException) -> Response | HTTPException:
    """Show any other error; redirects and the like stay what they are."""
    code = error.code or 500
    if code < 400 or error.response is not None:  # noqa: PLR2004
        return error
    response = _page(code)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def form_expired(_error: CSRFError) -> Response:
    """Give back what was written, in a form that is valid now."""
    draft = request.form.get("text", "")[:KEPT]
    response = make_response(
        render_template(
            "form_expired.html",
            draft=draft,
            client_id=request.form.get("client_id", ""),
            action=request.full_path.rstrip("?"),
        )
    )
    response.status_code = 400
    return response


def not_found(_error: NotFound) -> Response:
    """Say that there is no such thing, wherever it may be."""
    return _page(404)


def database_away(error: Exception) -> Response:
    """Say that the database does not answer."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    log.error("database_away", error=type(cause).__name__, endpoint=request.endpoint)
    response = _page(503)
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def broken(error: HTTPException) -> Response:
    """Say that it is our fault; Flask has logged the rest."""
    return _page(error.code or 500)


def _page(code: int) -> Response:
    heading, explanation, next_step = _words(code)
    response = make_response(
        render_template(
            "error.html",
            code=code,
            heading=heading,
            explanation=explanation,
            next_step=next_step,
        )
    )
    response.status_code = code
    return response


def _words(code: int) -> tuple[str, str, str]:
    """Return heading, explanation and next step."""
    unknown = (
        _("This did not work"),
        _("The request could not be understood."),
        _("Go back to the inbox and try again."),
    )
    return {
        401: (
            _("You are not logged in"),
            _("This page is for people with an account."),
            _("Log in and try again."),
        ),
        403: (
            _("This is not for you"),
            _("Your role in this workspace does not allow it."),
            _("Ask an admin of your workspace."),
        ),
        404: (
            _("There is nothing here"),
            _("The address is wrong, or what was here belongs to another workspace."),
            _("Check the address, or go to the inbox."),
        ),
        405: (
            _("This address takes no such request"),
            _("It is a form's target, not a page."),
            _("Go back to the inbox."),
        ),
        413: (
            _("That was too much at once"),
            _("The form held more than a million bytes."),
            _("Go back, shorten it and send it again."),
        ),
        429: (
            _("Too many attempts"),
            _("Some things, like a password, may be tried only a few times a minute."),
            _("Wait a minute, then try again."),
        ),
        500: (
            _("Something is broken"),
            _("Inlet ran into an error of its own. Incoming messages are kept all the same."),
            _("Try again. If it stays, tell the person who runs this installation."),
        ),
        503: (
            _("The database does not answer"),
            _("Nothing is lost: Meta delivers again what could not be stored."),
            _(
                "Wait a moment and reload. If it stays, the person who runs this installation "
                "checks that the database is running and that DATABASE_URL leads to it."
            ),
        ),
    }.get(code, unknown)
