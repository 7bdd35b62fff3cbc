"""Reading what people typed into forms, and giving back what was wrong with it."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from flask import abort, request

from app.blueprints.converters import read_id

Choice = TypeVar("Choice", bound=StrEnum)

LONGEST = 2_000


def field(name: str) -> str:
    """Return a field's text without NUL, which no database takes, and cut where it is absurd."""
    return request.form.get(name, "").replace("\0", "")[:LONGEST]


def choice(name: str, kind: type[Choice]) -> Choice:
    """Return a field's value as one of ``kind``; aborts with 400 for another."""
    try:
        return kind(field(name))
    except ValueError:
        abort(400)


def number(name: str) -> int | None:
    """Return a field's id, None where it is empty; aborts with 400 for anything else."""
    given = request.form.get(name)
    found = read_id(given)
    if given and found is None:
        abort(400)
    return found
