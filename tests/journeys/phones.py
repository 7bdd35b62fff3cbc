"""The simulator's control API, as journeys use it; see simulator/README.md."""

from __future__ import annotations

import itertools
import time
from typing import Any

import requests

TIMEOUT = 120.0  # seconds


class Phones:
    """The customers' phones, and Meta between them and the inbox."""

    def __init__(self, address: str) -> None:
        self._address = f"{address}/control"
        self._session = requests.Session()
        self._session.trust_env = False
        self._numbers = itertools.count()

    def close(self) -> None:
        self._session.close()

    def is_up(self) -> bool:
        try:
            self.webhooks()
        except requests.ConnectionError:
            return False
        return True

    def add(self, count: int) -> list[str]:
        """Make ``count`` customers and return their usernames."""
        names = [f"customer{next(self._numbers)}" for _ in range(count)]
        for name in names:
            self._call("POST", "customers", {"name": name.title(), "username": name})
        return names

    def write(self, customer: str, text: str) -> str:
        """Let a customer write and return the id under which the business knows them."""
        sent = self._call("POST", "messages", {"customer": customer, "text": text})
        return str(sent["igsid"])

    def colleague_writes(self, customer: str, text: str) -> None:
        self._call("POST", "colleague", {"customer": customer, "text": text})

    def write_all(self, lines: list[tuple[str, str]]) -> None:
        """Let customers write (customer, text), in this order, a millisecond apart."""
        first = int(time.time() * 1000)
        actions = [
            {"customer": who, "text": text, "at_ms": first + number}
            for number, (who, text) in enumerate(lines)
        ]
        self._call("POST", "messages", actions)

    def switch(self, **switches: Any) -> None:
        """Set switches of the platform; the others stay."""
        self._call("PUT", "switches", switches)

    def account(self, **patch: Any) -> None:
        """Change the one account at Meta."""
        [one] = self._call("GET", "world")["accounts"]
        self._call("PATCH", f"accounts/{one['username']}", patch)

    def move_clock(self, seconds: float) -> None:
        """Set how far the platform's clock is ahead of ours."""
        self._call("PUT", "clock", {"offset_seconds": seconds})

    def rest(self) -> None:
        """Put all switches to rest; calls that hang end now."""
        self._call("DELETE", "switches")

    def flush(self) -> None:
        self._call("POST", "flush")

    def received(self, customer: str) -> list[str]:
        """The texts that a customer's phone received, in order."""
        return [item["text"] for item in self._call("GET", f"phones/{customer}/messages")["items"]]

    def webhooks(self) -> dict[str, Any]:
        """``pending``, ``delivered``, ``held`` and the newest ``items``."""
        found: dict[str, Any] = self._call("GET", "webhooks?limit=2000")
        return found

    def _call(self, method: str, path: str, body: object = None) -> Any:
        answer = self._session.request(
            method, f"{self._address}/{path}", json=body, timeout=TIMEOUT
        )
        answer.raise_for_status()
        return answer.json()
