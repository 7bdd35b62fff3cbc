"""Calls to Meta's Graph API, on both of its hosts.

Source: developers.facebook.com/docs/graph-api/overview,
developers.facebook.com/docs/graph-api/guides/secure-requests.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from dataclasses import replace
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import exceptions as urllib3

from app.channels import answers, errors
from app.channels.faults import GraphFault, Permanent, Retryable, Unauthorized, Unsure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.channels.base import Credentials, Usage
    from app.channels.faults import SendError

VERSION = "v23.0"
HOSTS = {"facebook": "graph.facebook.com", "instagram": "graph.instagram.com"}
CONNECT_SECONDS = 3.05
READ_SECONDS = 10.0
MAX_ANSWER_BYTES = 1_000_000
_CHUNK = 65_536


class Graph:
    """Meta's Graph API.

    One object serves any number of threads; ``threads`` is how many connections it keeps open.
    It tries each call once, follows no redirect, keeps no cookie and reads at most
    ``MAX_ANSWER_BYTES``. ``urls`` replaces the address of a login ("facebook", "instagram").
    """

    def __init__(
        self,
        version: str = VERSION,
        *,
        urls: Mapping[str, str] | None = None,
        threads: int = 10,
    ) -> None:
        self._version = version
        self._urls = {login: f"https://{host}" for login, host in HOSTS.items()} | dict(urls or {})
        self._session = _session(threads)
        self._direct = _session(threads)
        self._direct.trust_env = False

    def call(
        self,
        method: str,
        path: str,
        who: Credentials,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object that Meta answers ``method`` on ``path`` ("me", "<id>/messages") with.

        ``who.login`` chooses the host. The token travels in a header, never in the address.
        Raises the :class:`SendError` that the answer means (``errors.classify``); where a POST may
        or may not have been carried out that is :class:`Unsure`.
        """
        return self.ask(method, path, who, params=params, json=json)[0]

    def ask(
        self,
        method: str,
        path: str,
        who: Credentials,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, Any], Usage | None]:
        """Return what :meth:`call` does, and how near Meta says that its limits are."""
        if not _is_token(who.access_token):
            words = "Invalid access token: no token looks like this one"
            raise Unauthorized(GraphFault(words, name="invalid-token"))
        status, headers, raw = self._exchange(method, path, who, params, json)
        answer = answers.read(raw)
        if answer is not None and "error" not in answer and status < HTTPStatus.MULTIPLE_CHOICES:
            return answer, answers.usage(headers)
        secrets = [secret for secret in (who.access_token, who.app_secret) if secret]
        fault = answers.fault(answer, status, headers, secrets=secrets, channel=who.channel)
        if fault.retry_after is None:
            fault = replace(fault, retry_after=errors.meaning(fault).pause)
        raise errors.classify(fault, sending=method == "POST")(fault)

    def _exchange(
        self,
        method: str,
        path: str,
        who: Credentials,
        params: Mapping[str, str] | None,
        json: Mapping[str, Any] | None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        session = self._direct if who.base_url else self._session
        try:
            with session.request(
                method,
                self._url(path, who),
                params={**(params or {}), **_proof(who)},
                json=json,
                auth=_Bearer(who.access_token),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, response.headers, _capped(response)
        except requests.RequestException as error:
            # Without its cause: that one names the address with its proof.
            raise _transport_error(error, sending=method == "POST") from None

    def _url(self, path: str, who: Credentials) -> str:
        base = f"{who.base_url}/{HOSTS[who.login]}" if who.base_url else self._urls[who.login]
        return f"{base}/{self._version}/{path}"


class _Bearer(AuthBase):
    """Sets the header last, so that a .netrc on the machine cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _session(threads: int) -> requests.Session:
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("https://", HTTPAdapter(pool_maxsize=threads, max_retries=0))
    session.mount("http://", HTTPAdapter(pool_maxsize=threads, max_retries=0))
    return session


def _is_token(token: str) -> bool:
    """Anything else would be refused by the HTTP library, with the token in its complaint."""
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def _proof(who: Credentials) -> dict[str, str]:
    if who.login != "facebook" or not who.app_secret:
        return {}
    digest = hmac.new(who.app_secret.encode(), who.access_token.encode(), hashlib.sha256)
    return {"appsecret_proof": digest.hexdigest()}


def _capped(response: requests.Response) -> bytes:
    """Return the body, or nothing where it is longer than any answer of Meta's."""
    raw = b""
    for chunk in response.iter_content(_CHUNK):
        raw += chunk
        if len(raw) > MAX_ANSWER_BYTES:
            return b""
    return raw


def _transport_error(error: requests.RequestException, *, sending: bool) -> SendError:
    what = type(error).__name__
    if isinstance(error, ValueError):
        return Permanent(GraphFault(f"The address cannot be called ({what})", name="bad-address"))
    if _never_left(error):
        return Retryable(GraphFault(f"No connection to Meta ({what})", name="no-connection"))
    fault = GraphFault(f"Meta's answer was lost on the way ({what})", name="unconfirmed")
    return Unsure(fault) if sending else Retryable(fault)


def _never_left(error: requests.RequestException) -> bool:
    """Return whether ``error`` came up before the request was on its way."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, urllib3.SSLError) and cause.args:
        return isinstance(cause.args[0], ssl.SSLCertVerificationError)
    return isinstance(cause, urllib3.NewConnectionError | urllib3.ProxyError)
