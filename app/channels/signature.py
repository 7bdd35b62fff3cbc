"""The signature that Meta puts on every webhook.

Source: developers.facebook.com/docs/graph-api/webhooks/getting-started (validating payloads).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII | re.IGNORECASE)


def verify(body: bytes, header: str | None, secrets: Sequence[str]) -> str | None:
    """Return the secret that signed ``body`` as ``header`` says, or None.

    ``header`` is the value of ``X-Hub-Signature-256``; upper-case hex digits are taken too. The
    raw bytes are signed: a re-serialised body has another signature. Every secret costs the same
    work whether or not an earlier one matched. A blank secret never matches.
    """
    match = _HEADER.fullmatch(header or "")
    if match is None:
        return None
    given = match.group(1).lower()
    matching = [
        secret
        for secret in secrets
        if hmac.compare_digest(_digest(body, secret.encode()), given) and secret.strip()
    ]
    return matching[0] if matching else None


def is_readable(header: str | None) -> bool:
    """Say whether ``header`` is a signature at all; what is none is wrong under every secret."""
    return _HEADER.fullmatch(header or "") is not None


def sign(body: bytes, secret: str) -> str:
    """Return the header value with which Meta would send ``body``."""
    return f"sha256={_digest(body, secret.encode())}"


def _digest(body: bytes, key: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()
