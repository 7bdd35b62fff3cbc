"""The parts of the OpenAPI document that are the same for every route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.blueprints.contracts import Contract
from app.blueprints.problems import MEDIA_TYPE, problem_of

REF = "#/components/schemas/{model}"

_ABOUT = """\
Everything happens in one workspace: the one of the token, or of the browser's session.

Lists answer `items` and `next_cursor`; send the cursor back as `cursor` for the next page. \
Times are ISO 8601 in UTC. Ids are numbers, Meta's ids are strings. \
What belongs to another workspace is answered 404. Errors are problem details (RFC 9457)."""

_BEARER: dict[str, list[str]] = {"bearer": []}
_SESSION: dict[str, list[str]] = {"session": []}
_FORGERY: dict[str, list[str]] = {"csrf": []}

_REASONS = {
    400: "The query or the JSON cannot be read, or a browser sent no CSRF token.",
    401: "No token, or an unknown one.",
    403: "The role is too low.",
    404: "There is no such thing in this workspace.",
    409: "It contradicts what is there.",
    413: "The body is larger than a million bytes.",
    415: "The body is not JSON.",
    422: "It is understood and cannot be done.",
    429: "Too many requests. Try again after Retry-After seconds.",
    500: "Something went wrong here. The log says more under error_id.",
    503: "The database does not answer. Try again after Retry-After seconds.",
}
_ALWAYS = (401, 403, 429, 500, 503)
_SECONDS = {"schema": {"type": "integer"}, "description": "Seconds."}
_HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": _SECONDS},
    503: {"Retry-After": _SECONDS},
}
_MORE: dict[int, dict[str, Any]] = {
    400: {
        "errors": [{"pointer": "#/limit", "detail": "Input should be less than or equal to 100"}]
    },
    409: {
        "detail": "This client_id was used for another message.",
        "error": {
            "code": None,
            "subcode": None,
            "message": "This client_id was used for another message.",
            "explanation": "A client_id names one message of the workspace.",
            "next_step": "Use a new client_id for a new message.",
        },
    },
    422: {
        "detail": "The time to answer this customer is over.",
        "error": {
            "code": 10,
            "subcode": None,
            "message": "The time to answer this customer is over.",
            "explanation": "Meta lets a business answer for 24 hours after the last message.",
            "next_step": "Wait until the customer writes again.",
        },
    },
    500: {"error_id": "0123456789abcdef"},
}


def security(method: str) -> list[dict[str, list[str]]]:
    """Return who may ask: programs with a token, browsers with a session and, to change, CSRF."""
    return [_BEARER, _SESSION if method == "GET" else _SESSION | _FORGERY]


def needed_by(view: Callable[..., object]) -> str | None:
    """Return the permission that a view asks for."""
    needed = vars(view).get("needs")
    return None if needed is None else str(needed)


def problem_answers(contract: Contract, *, has_id: bool) -> dict[str, Any]:
    """Return the problems that a view may answer with, by status."""
    statuses = {*_ALWAYS, *contract.problems}
    statuses |= {404} if has_id else set()
    statuses |= {400} if contract.query is not None or contract.body is not None else set()
    statuses |= {413, 415, 422} if contract.body is not None else set()
    return {
        str(status): {"$ref": f"#/components/responses/Problem{status}"}
        for status in sorted(statuses)
    }


def _response(status: int, reason: str) -> dict[str, Any]:
    told = {"detail": reason, **_MORE.get(status, {})}
    shown = {
        "description": reason,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": REF.format(model="Problem")},
                "example": problem_of(status, **told),
            }
        },
    }
    return {**shown, "headers": _HEADERS[status]} if status in _HEADERS else shown


FRAME: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Inlet API",
        "version": "1",
        "summary": "Conversations, messages and connections of one workspace.",
        "description": _ABOUT,
    },
    "servers": [{"url": "/"}],
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "For programs."},
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "inlet",
                "description": "For browsers that are logged in.",
            },
            "csrf": {
                "type": "apiKey",
                "in": "header",
                "name": "X-CSRFToken",
                "description": "With a session, to change anything.",
            },
        },
        "responses": {
            f"Problem{status}": _response(status, reason) for status, reason in _REASONS.items()
        },
    },
}
"""Everything of the document but paths and schemas."""
