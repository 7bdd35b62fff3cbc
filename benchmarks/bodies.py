"""Instagram webhooks of many customers, every one with a message id of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from uuid import uuid4

from app.channels import signature

ACCOUNT = "17841400000000001"
SECRET = "benchmark-secret"  # noqa: S105 - signs only what a benchmark sends to itself

_TEMPLATE = (
    '{{"object":"instagram","entry":[{{"id":"{account}","time":{at},"messaging":[{{'
    '"sender":{{"id":"{person}"}},"recipient":{{"id":"{account}"}},"timestamp":{at},'
    '"message":{{"mid":"aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE{run}{number:024d}",'
    '"text":"Hello, is the blue one still there? I would take two of them ({number})."}}}}]}}]}}'
)


def stream(customers: int) -> Iterator[bytes]:
    """Return bodies of one message each, by turns of as many customers, without an end."""
    run = uuid4().hex
    for number in count():
        person = 10**15 + number * 7919 % customers
        at = time.time_ns() // 1_000_000
        yield _TEMPLATE.format(
            account=ACCOUNT, person=person, at=at, run=run, number=number
        ).encode()


def request(path: str, body: bytes) -> bytes:
    """Return the HTTP request with which Meta would deliver ``body`` to ``path``."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: {signature.sign(body, SECRET)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
