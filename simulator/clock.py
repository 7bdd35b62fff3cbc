import time


class Clock:
    """The platform's time: the real one plus an offset, so that windows can be made to close."""

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self.offset_seconds = offset_seconds

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.offset_seconds

    def now_ms(self) -> int:
        """Milliseconds since the epoch, the unit of Instagram's events."""
        return int(self.now() * 1000)
