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
from app.locale import N_, gettext

RETRY_AFTER = "10"
KEPT = 20_000

UNKNOWN = (
    N_("This did not work"),
    N_("The request could not be understood."),
    N_("Go back to the inbox and try again."),
)
WORDS = {
    401: (
        N_("You are not logged in"),
        N_("This page is for people with an account."),
        N_("Log in and try again."),
    ),
    403: (
        N_("This is not for you"),
        N_("Your role in this workspace does not allow it."),
        N_("Ask an admin of your workspace."),
    ),
    404: (
        N_("There is nothing here"),
        N_("The address is wrong, or what was here belongs to another workspace."),
        N_("Check the address, or go to the inbox."),
    ),
    405: (
        N_("This address takes no such request"),
        N_("It is a form's target, not a page."),
        N_("Go back to the inbox."),
    ),
    413: (
        N_("That was too much at once"),
        N_("The form held more than a million bytes."),
        N_("Go back, shorten it and send it again."),
    ),
    429: (
        N_("Too many attempts"),
        N_("Some things, like a password, may be tried only a few times a minute."),
        N_("Wait a minute, then try again."),
    ),
    500: (
        N_("Something is broken"),
        N_("Inlet ran into an error of its own. Incoming messages are kept all the same."),
        N_("Try again. If it stays, tell the person who runs this installation."),
    ),
    503: (
        N_("The database does not answer"),
        N_("Nothing is lost: Meta delivers again what could not be stored."),
        N_(
            "Wait a moment and reload. If it stays, the person who runs this installation "
            "checks that the database is running and that DATABASE_URL leads to it."
        ),
    ),
}
"""Heading, explanation and next step by status."""

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
    heading, explanation, next_step = map(gettext, WORDS.get(code, UNKNOWN))
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
