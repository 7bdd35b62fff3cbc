"""What a verb refuses, in words for people; the edges turn them into answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


class Filled(str):
    """A text with values in it: English as it is, ``pattern`` and ``values`` for translators.

    ``Filled("The name is longer than %(most)s characters.", most=80)``
    """

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, **values: object) -> Self:
        """Put ``values`` into the named places of ``pattern``."""
        filled = super().__new__(cls, pattern % values)
        filled.pattern, filled.values = pattern, values
        return filled


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, why, and what to do next; ``page`` is the docs page that says more.

    The texts are message ids, translated where they are shown: values are put in as
    :class:`Filled`.
    ``code`` and ``subcode`` are Meta's numbers where the trouble is Meta's, ``kind`` its class
    (see :mod:`app.channels.meanings`).
    """

    message: str
    explanation: str
    next_step: str
    page: str = "troubleshooting.md"
    code: int | None = None
    subcode: int | None = None
    kind: str = ""


class NotFound(Exception):  # noqa: N818 - the field's term
    """There is no such thing in the caller's workspace."""


class Refused(Exception):  # noqa: N818 - says what happened
    """The request is understood and cannot be done; ``trouble`` says why and what to do."""

    def __init__(self, trouble: Trouble) -> None:
        """Keep ``trouble``."""
        super().__init__(trouble.message)
        self.trouble = trouble


class Conflict(Refused):
    """The request contradicts what is already there."""
