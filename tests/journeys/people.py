"""People of the demo workspace at the pages of a running installation."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import requests

from tests.inbox_pages.visitor import forms

if TYPE_CHECKING:
    from tests.journeys.house import House

PASSWORD = "demodemo1"
TIMEOUT = 120.0  # seconds


class Person:
    """Somebody with a browser, without JavaScript."""

    def __init__(self, house: House, email: str) -> None:
        """Log in."""
        self._address = house.address
        self._session = requests.Session()
        self._session.trust_env = False
        [form] = [one for one in forms(self._text("/login")) if "password" in one.fields]
        filled = form.fields | {"email": email, "password": PASSWORD}
        answer = self._session.post(f"{self._address}{form.action}", data=filled, timeout=TIMEOUT)
        assert "password" not in answer.text, answer.text

    def close(self) -> None:
        self._session.close()

    def reads(self, path: str) -> str:
        """A page as it is read, with its addresses still in it."""
        return html.unescape(self._text(path))

    def _text(self, path: str) -> str:
        answer = self._session.get(f"{self._address}{path}", timeout=TIMEOUT)
        assert answer.ok, f"{path} answered {answer.status_code}"
        return answer.text
