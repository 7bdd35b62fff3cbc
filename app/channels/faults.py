"""How a call to Meta fails: its words, and a class for what may happen next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GraphFault:
    """Meta's own words about a failed call, kept with the attempt.

    ``code``/``subcode`` are Meta's numbers (None where the answer held none), ``trace_id`` its
    ``fbtrace_id``. ``retry_after`` are the seconds to wait at least: what Meta asked for, else what
    its code calls for. ``channel`` says whose codes these are. ``name`` is that of the meaning
    where the fault is none of Meta's, and so has no number. ``type`` is Meta's kind of error
    (None where the answer was none of Meta's), ``is_transient`` its word that it will pass.
    """

    message: str
    code: int | None = None
    subcode: int | None = None
    http_status: int | None = None
    trace_id: str | None = None
    retry_after: float | None = None
    channel: str = ""
    name: str | None = None
    type: str | None = None
    is_transient: bool = False


class SendError(Exception):
    """A send that did not end in an id; the subclass says what may happen next."""

    def __init__(self, fault: GraphFault) -> None:
        """Keep Meta's words as ``fault``."""
        super().__init__(fault.message)
        self.fault = fault


class Retryable(SendError):  # noqa: N818 - says what may happen next
    """Not sent, and the same call may go through later."""


class Throttled(Retryable):
    """Not sent because Meta slows us down; try again after a longer pause."""


class Permanent(SendError):  # noqa: N818 - says what may happen next
    """Not sent, and the same call would fail again."""


class Unauthorized(Permanent):
    """Not sent because the token is dead or the app or account lacks a right.

    Nothing else of the account can be sent either, until an admin has mended it.
    """


class WindowClosed(Permanent):
    """Not sent because the time to answer this customer is over."""


class Unreachable(Permanent):
    """Not sent because Meta does not take messages for this customer."""


class Unsure(SendError):  # noqa: N818 - says what may happen next
    """The answer was lost: the message may or may not have been sent. Never repeat by machine."""
