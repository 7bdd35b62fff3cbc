import threading
import time
from collections.abc import Callable


class RateLimiter:
    """A bucket per account that holds one second's worth of calls.

    Instagram takes 100 texts a second per account.
    Source: developers.facebook.com/documentation/instagram-platform/overview.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str, per_second: int) -> bool:
        """Whether one more call is allowed now; zero per second means no limit."""
        if not per_second:
            return True
        with self._lock:
            level = self._level(key, per_second)
            allowed = level >= 1
            self._buckets[key] = (level - 1 if allowed else level, self.now())
            return allowed

    def used_percent(self, key: str, per_second: int) -> int:
        """How much of the bucket is spent, as the usage headers tell it."""
        if not per_second:
            return 0
        with self._lock:
            return round(100 * (1 - self._level(key, per_second) / per_second))

    def reset(self) -> None:
        with self._lock:
            self._buckets.clear()

    def _level(self, key: str, per_second: int) -> float:
        level, seen = self._buckets.get(key, (float(per_second), self.now()))
        return min(per_second, level + (self.now() - seen) * per_second)
