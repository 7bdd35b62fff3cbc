"""The table of what Meta's errors mean, as ``meta_errors.toml`` has it.

It is read and checked once, when the first error comes. Its texts are English message ids; the
templates translate them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, model_validator

FILE = Path(__file__).with_name("meta_errors.toml")
PAGE = "errors.md"
"""The page of docs/ that has a part for every meaning."""

GRAPH = "graph"
FAMILIES = (GRAPH, "whatsapp")
"""Which codes there are: those of the Graph API for all channels, and a channel's own."""

ANY = "*"
"""Stands for all subcodes that are not listed, but not for none."""

TEXTS = ("what", "cause", "next_step", "afterwards")

TRIED_AGAIN = ("retryable", "throttled")
Kind = Literal["retryable", "throttled", "permanent", "token", "window", "recipient", "unsure"]
Pair = tuple[int, int | None]
_CODE = r"^(\d+/\d+|\d+(-\d+)?(/\*)?)$"
_Codes = tuple[Annotated[str, StringConstraints(pattern=_CODE)], ...]
_Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_Seconds = Annotated[int, Field(gt=0)]


class Meaning(BaseModel):
    """What an error means and what to tell people; the file explains each part.

    ``cause`` is None where Meta's own words are the best there are. ``pause`` is in seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Kind = Field(alias="class")
    graph: _Codes = ()
    whatsapp: _Codes = ()
    what: _Text
    cause: _Text | None = None
    next_step: _Text
    afterwards: _Text | None = None
    page: str
    pause: _Seconds | None = None
    tries: _Seconds | None = None
    scope: Literal["app", "account", "conversation"] = "account"

    @model_validator(mode="after")
    def _what_is_tried_again_has_an_end(self) -> Meaning:
        if (self.kind in TRIED_AGAIN) != bool(self.afterwards):
            msg = "afterwards stands just where it is tried again"
            raise ValueError(msg)
        return self

    def texts(self) -> list[str]:
        """Return the texts that people read."""
        return [text for name in TEXTS if (text := getattr(self, name))]


class Meanings(RootModel[dict[str, Meaning]]):
    """Every meaning by its name. No code stands twice in a family."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, tables: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            name: {"page": f"{PAGE}#{name}"} | table | {"name": name}
            for name, table in tables.items()
        }

    @model_validator(mode="after")
    def _no_code_twice(self) -> Meanings:
        for family in FAMILIES:
            codes = list(chain.from_iterable(getattr(one, family) for one in self.root.values()))
            twice = {code for code in codes if codes.count(code) > 1}
            if twice:
                msg = f"{family}: {', '.join(sorted(twice))} stands twice"
                raise ValueError(msg)
        return self


class Index:
    """The meanings of one family, by code."""

    def __init__(self, meanings: Meanings, family: str) -> None:
        self._known: dict[Pair, Meaning] = {}
        self._ranges: list[tuple[range, Meaning]] = []
        self._with_subcode: list[tuple[range, Meaning]] = []
        for one in meanings.root.values():
            for code in getattr(one, family):
                self._enter(code, one)

    def find(self, code: int, subcode: int | None) -> Meaning | None:
        """Return what knows this subcode best.

        First the pair, then what stands for all other subcodes, then the code, then a range.
        """
        found = self._known.get((code, subcode))
        if found is None and subcode is not None:
            found = _within(self._with_subcode, code) or self._known.get((code, None))
        return found or _within(self._ranges, code)

    def _enter(self, code: str, one: Meaning) -> None:
        number, _, subcode = code.partition("/")
        first, is_range, last = number.partition("-")
        codes = range(int(first), int(last or first) + 1)
        if subcode == ANY:
            self._with_subcode.append((codes, one))
        elif is_range:
            self._ranges.append((codes, one))
        else:
            self._known[int(number), int(subcode) if subcode else None] = one


def _within(ranges: list[tuple[range, Meaning]], code: int) -> Meaning | None:
    return next((one for codes, one in ranges if code in codes), None)


@cache
def load() -> Meanings:
    """Return the table. Raises ValueError where the file is not as it describes itself."""
    return Meanings.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def by_name(name: str) -> Meaning:
    """Return the meaning called ``name``. Raises KeyError where there is none."""
    return load().root[name]


def by_code(channel: str, code: int, subcode: int | None) -> Meaning | None:
    """Return what Meta's numbers mean on ``channel``, or None where nobody knows them."""
    found = _index(channel).find(code, subcode) if channel in FAMILIES else None
    return found or _index(GRAPH).find(code, subcode)


@cache
def _index(family: str) -> Index:
    return Index(load(), family)


def messages(
    file: BinaryIO, *_asked: object, **_options: object
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Yield the texts of the file for Babel: line, no function, text, no comments."""
    lines = file.read().decode().splitlines()
    for number, line in enumerate(lines, 1):
        name, _, rest = line.partition(" = ")
        if name in TEXTS:
            yield number, None, tomllib.loads(f"{name} = {rest}")[name], []
