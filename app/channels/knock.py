"""Posting a signed webhook body to an address, as Meta does."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from app.channels import signature

SECONDS = (3.05, 6.0)
"""To connect, and to wait for the answer. Meta waits five seconds."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or the kind of failure where nothing did."""

    status: int | None
    problem: str | None = None


def knock(address: str, body: bytes, secret: str) -> Answer:
    """Post ``body``, signed with ``secret``, to ``address``; redirects are answers, not followed.

    Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
    """
    headers = {
        "Content-Type": "application/json",
        "X-Hub-Signature-256": signature.sign(body, secret),
    }
    try:
        with requests.post(
            address,
            data=body,
            headers=headers,
            timeout=SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            return Answer(answer.status_code)
    except requests.RequestException as problem:
        return Answer(None, type(problem).__name__)
