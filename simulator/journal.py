"""What passed at the Graph API, kept in memory as far as a person can read back."""

import itertools
import json
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

KEPT = 200
KEPT_CHARACTERS = 4000
SECRET = {"access_token", "appsecret_proof", "input_token"}


@dataclass(frozen=True)
class GraphCall:
    """One call of the inbox: what it asked, what it was answered, and how long that took.

    `at` is real time in seconds since the epoch; `code` and `subcode` are those of Meta's error.
    """

    number: int
    at: float
    method: str
    path: str
    status: int
    ms: int
    asked: str
    answered: str
    code: int | None = None
    subcode: int | None = None


class Journal:
    """The latest calls; older ones are forgotten."""

    def __init__(self) -> None:
        self._calls: deque[GraphCall] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.written = 0

    def write(
        self, at: float, ms: int, request: tuple[str, str, dict[str, Any]], answer: tuple[int, str]
    ) -> None:
        """Note a call: (method, path, parameters), and its answer: (status, body)."""
        (method, path, parameters), (status, body) = request, answer
        code, subcode = _error_of(body)
        shown = {key: "…" if key in SECRET else value for key, value in parameters.items()}
        with self._lock:
            self.written = next(self._numbers)
            self._calls.append(
                GraphCall(
                    number=self.written,
                    at=at,
                    method=method,
                    path=path[:300],
                    status=status,
                    ms=ms,
                    asked=pretty(shown),
                    answered=pretty(body),
                    code=code,
                    subcode=subcode,
                )
            )

    def latest(self, limit: int) -> list[GraphCall]:
        """The newest first."""
        with self._lock:
            return list(reversed(self._calls))[: max(limit, 0)]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()


def pretty(value: object) -> str:
    """JSON over several lines, cut where it grows long; text that is none stays as it is."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        found = None
    text = str(value) if found is None else json.dumps(found, ensure_ascii=False, indent=2)
    # A lone surrogate may come along, but no page can carry it.
    clean = text.encode("utf-8", "replace").decode()
    return clean if len(clean) <= KEPT_CHARACTERS else f"{clean[:KEPT_CHARACTERS]} …"


def _error_of(body: str) -> tuple[int | None, int | None]:
    try:
        error = json.loads(body).get("error", {})
        return error.get("code"), error.get("error_subcode")
    except (ValueError, AttributeError, RecursionError):
        return None, None
