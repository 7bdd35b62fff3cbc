"""What a verb refuses, in words for people; the edges turn them into answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, why, and what to do next; ``page`` is the docs page that says more.

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
