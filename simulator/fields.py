"""The `fields` of a read: `id,messages.limit(20){id,from}`.

Source: developers.facebook.com/docs/graph-api/guides/field-expansion.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.errors import GraphError, invalid, no_such_field

_ONE = re.compile(r"(?P<name>\w+)(?:\.limit\((?P<limit>\d{1,4})\))?(?:\{(?P<inner>.*)\})?")


@dataclass(frozen=True)
class Field:
    """What is asked of one field: how many of its things, and which fields of each."""

    limit: int | None = None
    inner: "Fields" = field(default_factory=dict)


Fields = dict[str, Field]


def parse(text: str, known: frozenset[str], node: str) -> Fields:
    """The fields asked for of a `node`; raises GraphError for one that is not `known`."""
    found = dict(map(_one, _split(text)))
    for name in found:
        if name not in known:
            raise GraphError(no_such_field(name, node))
    return found


def _one(text: str) -> tuple[str, Field]:
    match = _ONE.fullmatch(text.strip())
    if match is None:
        raise GraphError(invalid(f"Syntax error in the fields at {text!r}"))
    inner = dict(map(_one, _split(match["inner"] or "")))
    return match["name"], Field(int(match["limit"]) if match["limit"] else None, inner)


def _split(text: str) -> Iterator[str]:
    """The parts between commas that stand in no braces."""
    depth, part = 0, ""
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 0:
            yield part
            part = ""
        else:
            part += sign
    if part:
        yield part
