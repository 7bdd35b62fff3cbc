"""Reading what a program sent and writing what it gets: JSON, queries, cursors."""

from __future__ import annotations

import base64
import binascii
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, abort, request
from pydantic import BaseModel, ValidationError

from app.blueprints.contracts import hold_answer, hold_body, hold_query
from app.blueprints.problems import InvalidInput
from app.channels import body

if TYPE_CHECKING:
    from collections.abc import Sequence

Model = TypeVar("Model", bound=BaseModel)

_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,120}")
_PLACES = re.compile(r"-?[0-9]{1,19}(?:\.-?[0-9]{1,19})*")
_LARGEST = 2**63


def read_object() -> dict[str, Any]:
    """Return the JSON object that was sent, its texts free of NUL and lone surrogates.

    Aborts with 415 for another content type, 413 for too much and 400 for no JSON object.
    """
    if not request.is_json:
        abort(415, "Send JSON, with the content type application/json.")
    raw = request.get_data(cache=False)
    try:
        objects = body.read(raw)
    except body.Unreadable as problem:
        abort(400, f"The body cannot be read: {problem.reason}.")
    if not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        abort(400, "The body must be one JSON object.")
    return objects[0]


def read_body(model: type[Model]) -> Model:
    """Return the JSON body as ``model``. Raises InvalidInput (422), aborts as read_object."""
    hold_body(model)
    return checked(model, read_object(), HTTPStatus.UNPROCESSABLE_ENTITY)


def read_query(model: type[Model]) -> Model:
    """Return the query parameters as ``model``, each at its first value. Raises InvalidInput."""
    hold_query(model)
    return checked(model, request.args.to_dict(), HTTPStatus.BAD_REQUEST)


def checked(model: type[Model], values: dict[str, Any], status: HTTPStatus) -> Model:
    """Return ``values`` as ``model``. Raises :class:`InvalidInput` with ``status``."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidInput(status, error.errors(include_input=False, include_url=False)) from None


def answer(model: BaseModel, status: int = 200) -> Response:
    """Return ``model`` as JSON, with a status that the view is described with."""
    hold_answer(type(model), status)
    return Response(model.model_dump_json(), status, mimetype="application/json")


def nothing() -> Response:
    """Return 204 without a body."""
    hold_answer(None, HTTPStatus.NO_CONTENT)
    return Response(status=HTTPStatus.NO_CONTENT)


def write_cursor(place: Sequence[int] | None) -> str | None:
    """Return a place in a list as an opaque cursor, None for None."""
    if place is None:
        return None
    plain = ".".join(map(str, place)).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def read_cursor(text: str | None, length: int) -> tuple[int, ...] | None:
    """Return the ``length`` numbers of a cursor, None for None. Aborts with 400."""
    if text is None:
        return None
    numbers = _numbers(text)
    if len(numbers) != length or any(abs(number) >= _LARGEST for number in numbers):
        abort(400, "This cursor is none that was given out for this list.")
    return numbers


def _numbers(text: str) -> tuple[int, ...]:
    if not _CURSOR.fullmatch(text):
        return ()
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ()
    return tuple(map(int, plain.split("."))) if _PLACES.fullmatch(plain) else ()
