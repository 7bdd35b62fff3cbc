"""Downloading profile pictures from Meta, and from nowhere else.

The address comes from outside: it is called only where its host is one of Meta's (or the
simulator's, for the integration that talks to it), and so is every redirect. What comes back
counts as a picture by its own first bytes, whatever the headers say.

Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/
features/user-profile.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

CONNECT_SECONDS = 3.05
READ_SECONDS = 5.0
TOTAL_SECONDS = 15.0
MAX_BYTES = 1_000_000
MAX_REDIRECTS = 2
_CHUNK = 65_536
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_SIGNATURES = ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"))


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a picture and what they are: "jpg", "png" or "webp"."""

    data: bytes
    kind: str


class NotFetched(Exception):  # noqa: N818 - says what happened
    """There is no picture to be had; where ``is_passing``, there may be one a little later."""

    def __init__(self, reason: str, *, is_passing: bool = False) -> None:
        """Keep a ``reason`` that names neither person nor address."""
        super().__init__(reason)
        self.is_passing = is_passing


class Pictures:
    """Fetches pictures from ``hosts`` and the hosts below them, over HTTPS."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = tuple(hosts)

    def fetch(self, url: str, base_url: str | None = None) -> Picture:
        """Return the picture at ``url``. ``base_url`` is the simulator's address, for its own.

        Raises :class:`NotFetched`.
        """
        deadline = time.monotonic() + TOTAL_SECONDS
        try:
            data = self._follow(url, base_url, deadline)
        except (requests.ConnectionError, requests.Timeout, HTTPError) as error:
            raise NotFetched(type(error).__name__, is_passing=True) from None
        except (requests.RequestException, ValueError) as error:
            raise NotFetched(type(error).__name__) from None
        return Picture(data, _kind(data))

    def _follow(self, url: str, base_url: str | None, deadline: float) -> bytes:
        with requests.Session() as session:
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.trust_env = base_url is None  # no proxy leads to the simulator
            for _ in range(MAX_REDIRECTS + 1):
                with session.get(
                    self._checked(url, base_url),
                    headers={"Accept": "image/*", "Accept-Encoding": "identity"},
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    if not response.is_redirect:
                        return _body(response, deadline)
                    url = urljoin(url, response.headers["Location"])
        raise NotFetched("too many redirects")

    def _checked(self, url: str, base_url: str | None) -> str:
        """Return ``url`` as it was understood here. Raises NotFetched where it is not to be called.

        Anything but plain letters in a host may mean another host to the HTTP library.
        """
        parts = urlsplit(url)
        if base_url is not None:
            if (parts.scheme, parts.netloc) != urlsplit(base_url)[:2]:
                raise NotFetched("not the simulator's host")
            return parts.geturl()
        host = parts.netloc.lower().removesuffix(":443")
        known = any(host == one or host.endswith(f".{one}") for one in self._hosts)
        if not (parts.scheme == "https" and known and _HOST.fullmatch(host)):
            raise NotFetched("not one of Meta's hosts")
        return parts.geturl()


def _body(response: requests.Response, deadline: float) -> bytes:
    """Return what came, no more than is allowed and no later."""
    if response.status_code != HTTPStatus.OK:
        is_passing = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise NotFetched(f"HTTP {response.status_code}", is_passing=is_passing)
    data = b""
    # As it comes in, not by full chunks: a trickle would never reach the look at the clock.
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        data += chunk
        if len(data) > MAX_BYTES:
            raise NotFetched("too large")
        if time.monotonic() > deadline:
            raise NotFetched("too slow", is_passing=True)
    return data


def _kind(data: bytes) -> str:
    """Return what kind of picture begins like this. Raises NotFetched for anything else."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    raise NotFetched("no picture")
