"""The disorders of the platform, as switches; all off is a platform on its best day."""

import threading
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt

MOST_HANGING = 8


class ErrorSwitch(BaseModel):
    """An error that the Send API answers instead of sending, `times` times or until removed."""

    model_config = ConfigDict(extra="forbid")

    code: int
    subcode: int | None = None
    message: str = "An error of the switches panel."
    type: str = "OAuthException"
    http_status: int = Field(default=400, ge=200, le=599)
    times: int | None = Field(default=None, ge=1)


class Switches(BaseModel):
    """Every switch with its rest position; times in the unit their name says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # webhooks
    duplicate: NonNegativeInt = 0
    reorder: bool = False
    batch: int = Field(default=1, ge=1, le=1000)
    entry_items: int = Field(default=3, ge=1, le=1000)
    collect_ms: NonNegativeInt = 2000
    delay_ms: NonNegativeInt = 0
    drop: NonNegativeInt = 0
    concurrent: bool = False
    wrong_secret: bool = False
    no_signature: bool = False
    paused: bool = False
    format: Literal["messaging", "changes", "standby"] = "messaging"
    retry_seconds: tuple[NonNegativeFloat, ...] = Field((0, 1, 5, 15, 60, 300), min_length=1)
    # echoes
    echo: Literal["early", "late", "never", "twice"] = "late"
    echo_delay_ms: NonNegativeInt = 300
    # Graph API
    latency_ms: NonNegativeInt = 0
    rate_per_second: NonNegativeInt = 100
    conversations_per_second: NonNegativeInt = 2
    app_usage: NonNegativeInt = 0
    profile_refused: bool = False
    error: ErrorSwitch | None = None
    ok_with_error: NonNegativeInt = 0
    html_500: NonNegativeInt = 0
    error_1357046: NonNegativeInt = 0
    timeout_before_accept: NonNegativeInt = 0
    timeout_after_accept: NonNegativeInt = 0
    hang_seconds: float = Field(default=30.0, ge=0, le=600)
    long_mids: bool = False


Counter = Literal[
    "drop",
    "ok_with_error",
    "html_500",
    "error_1357046",
    "timeout_before_accept",
    "timeout_after_accept",
]


class SwitchBoard:
    """Holds the switches; counters count down as they are used."""

    def __init__(self, rest: Switches) -> None:
        """`turns` counts the changes, also those of counters."""
        self._rest = rest
        self._now = rest
        self._changed = threading.Condition()
        self._hanging = 0
        self._listener: Callable[[], None] | None = None
        self.turns = 0

    @property
    def now(self) -> Switches:
        return self._now

    @property
    def rest(self) -> Switches:
        """Every switch as it is on the platform's best day."""
        return self._rest

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change that somebody makes, outside of the board's lock."""
        self._listener = listener

    def update(self, patch: dict[str, Any]) -> Switches:
        """Set the named switches, leave the others; raises pydantic's ValidationError."""
        with self._changed:
            changed = Switches.model_validate({**self._now.model_dump(), **patch})
            self._now, self.turns = changed, self.turns + 1
            self._changed.notify_all()
        if self._listener:
            self._listener()
        return changed

    def reset(self, *names: str) -> Switches:
        """Put the named switches to rest, all of them when none is named."""
        resting = self._rest.model_dump()
        return self.update({name: resting[name] for name in names or resting})

    def take(self, counter: Counter) -> bool:
        """True, and one less, while the counter stands above zero."""
        with self._changed:
            left: int = getattr(self._now, counter)
            if left:
                self._now = self._now.model_copy(update={counter: left - 1})
                self.turns += 1
            return left > 0

    def take_error(self) -> ErrorSwitch | None:
        """The error to answer now, if any."""
        with self._changed:
            error = self._now.error
            if error is not None and error.times is not None:
                left = error.model_copy(update={"times": error.times - 1})
                rest = left if error.times > 1 else None
                self._now = self._now.model_copy(update={"error": rest})
                self.turns += 1
            return error

    def hang(self) -> bool:
        """Return after hang_seconds, or as soon as somebody touches the switches.

        False, at once, when so many calls hang already that the server would run out of threads.
        """
        with self._changed:
            if self._hanging >= MOST_HANGING:
                return False
            self._hanging += 1
            self._changed.wait(self._now.hang_seconds)
            self._hanging -= 1
            return True
