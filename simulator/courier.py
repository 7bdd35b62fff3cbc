"""One signed webhook POST, as Meta makes it.

Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from http import HTTPStatus

import requests
from pydantic import BaseModel

KEPT_BODY = 2000


class Attempt(BaseModel):
    """What came of one POST: a status, or the error that prevented one; `ms`: how long it took."""

    at: float
    status: int | None = None
    error: str | None = None
    body: str = ""
    ms: int = 0

    @property
    def ok(self) -> bool:
        return self.status == HTTPStatus.OK


def compact(payload: object) -> bytes:
    r"""JSON as Meta sends it: no spaces, everything beyond ASCII as `\u` escapes."""
    return json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode()


def signature(body: bytes, secret: str) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(body: bytes, secret: str) -> dict[str, str]:
    return {"X-Hub-Signature-256": signature(body, secret)}


def post(url: str | None, body: bytes, extra: Mapping[str, str], timeout: float) -> Attempt:
    """POST the body; never raises, whatever the inbox does."""
    started = time.time()
    attempt = Attempt(at=started)
    if not url:
        attempt.error = "No callback address is set."
        return attempt
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "Accept": "*/*",
        "Connection": "close",
        **extra,
    }
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            )
    except requests.RequestException as error:
        attempt.error = type(error).__name__
    else:
        attempt.status, attempt.body = answer.status_code, answer.text[:KEPT_BODY]
    attempt.ms = round((time.time() - started) * 1000)
    return attempt


def handshake(url: str, verify_token: str, challenge: str, timeout: float) -> Attempt:
    """GET the callback with a challenge that it must answer verbatim; never raises."""
    attempt = Attempt(at=time.time())
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": challenge,
        "hub.verify_token": verify_token,
    }
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(url, params=query, timeout=timeout, allow_redirects=False)
    except requests.RequestException as error:
        attempt.error = type(error).__name__
    else:
        attempt.status, attempt.body = answer.status_code, answer.text[:KEPT_BODY]
    return attempt
