"""Errors under /api as RFC 9457 problem JSON.

Source: rfc-editor.org/rfc/rfc9457. ``error`` is the contract's explanation of a refusal,
``errors`` lists what is wrong with an input, each with a JSON pointer into it.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from flask import Response, request
from pydantic import BaseModel
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException, InternalServerError, default_exceptions

from app.blueprints.schemas import ErrorOut
from app.inbox.errors import Conflict, NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Blueprint, Flask
    from pydantic_core import ErrorDetails

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 10
DATABASE_AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)

log = structlog.get_logger()


class Finding(BaseModel):
    """What is wrong with an input, and where: a JSON pointer into it (RFC 6901)."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """Problem details. ``error`` explains a refusal, ``errors`` lists what is wrong with an input.

    ``error_id`` is under what the log says more about a crash.
    """

    type: str
    title: str
    status: int
    detail: str = ""
    error: ErrorOut | None = None
    errors: list[Finding] = []
    error_id: str = ""


class InvalidInput(Exception):  # noqa: N818 - says what the input is
    """An input that is no instance of its schema: 422 for a body, 400 for a query."""

    def __init__(self, status: HTTPStatus, errors: Sequence[ErrorDetails]) -> None:
        """Keep pydantic's findings."""
        super().__init__(status.phrase)
        self.status = status
        self.errors = [
            {
                "pointer": "#" + "".join(f"/{_escaped(str(step))}" for step in error["loc"]),
                "detail": error["msg"].removeprefix("Value error, "),
            }
            for error in errors
        ]


def register(app: Flask) -> None:
    """Answer what no route takes (unknown address, wrong method) under /api as a problem."""
    app.before_request(_no_route)


def speak(blueprint: Blueprint) -> None:
    """Let every error in a blueprint's views, and before them, become a problem."""
    for code in default_exceptions:
        blueprint.register_error_handler(code, _from_http)
    blueprint.register_error_handler(InternalServerError, _crashed)
    blueprint.register_error_handler(InvalidInput, _invalid)
    blueprint.register_error_handler(NotFound, _not_found)
    blueprint.register_error_handler(Refused, _refused)
    for failed in (exc.DBAPIError, exc.TimeoutError):
        blueprint.register_error_handler(failed, _database_failed)


def problem(
    status: int,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return the answer for an error; ``more`` are members of its own."""
    told = problem_of(status, detail, **more)
    return Response(json.dumps(told), status, headers, mimetype=MEDIA_TYPE)


def problem_of(status: int, detail: str | None = None, **more: Any) -> dict[str, Any]:
    """Return the members of a problem: those of :class:`Problem` that are known."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    known = {"detail": detail, **more}
    return told | {name: value for name, value in known.items() if value is not None}


def _no_route() -> Response | None:
    error = request.routing_exception
    if not isinstance(error, HTTPException) or not request.path.startswith("/api/"):
        return None
    # A redirect to the address with or without its last slash is an "error" of routing too.
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return None
    return _from_http(error)


def _from_http(error: HTTPException) -> Response:
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return problem(error.code or HTTPStatus.INTERNAL_SERVER_ERROR, error.description, headers)


def _invalid(error: InvalidInput) -> Response:
    return problem(error.status, "The input is not as described.", errors=error.errors)


def _not_found(_error: NotFound) -> Response:
    return problem(HTTPStatus.NOT_FOUND, "There is no such thing in this workspace.")


def _refused(error: Refused) -> Response:
    is_conflict = isinstance(error, Conflict)
    status = HTTPStatus.CONFLICT if is_conflict else HTTPStatus.UNPROCESSABLE_ENTITY
    shown = ErrorOut.model_validate(asdict(error.trouble))
    return problem(status, error.trouble.message, error=shown.model_dump())


def _database_failed(error: exc.SQLAlchemyError) -> Response:
    if not isinstance(error, DATABASE_AWAY):
        raise error  # our own mistake: a crash like any other
    log.error("api_database_away", error=type(error).__name__)
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer.", headers)


def _crashed(error: InternalServerError) -> Response:
    """Answer without a word of what happened; the log has it under the id."""
    error_id = secrets.token_hex(8)
    cause = error.original_exception
    log.error(
        "api_crashed", error_id=error_id, endpoint=request.endpoint, cause=type(cause).__name__
    )
    detail = "Something went wrong here. The log of this installation says more under the id."
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, error_id=error_id)


def _escaped(step: str) -> str:
    """Return a step of a JSON pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")
