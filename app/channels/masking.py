"""Taking out of webhook bodies what opens doors, before a person or a program sees them.

Meta's bodies hold no tokens of ours, but addresses of files that are signed, and one-time tokens
of customers; and a customer may have pasted a token into a message.
"""

from __future__ import annotations

import re
from typing import Any

MASK = "(masked)"

_SECRET_KEY = re.compile(r"(?:token|secret|signature|password|proof|authorization)$", re.IGNORECASE)
_PARAMETER = re.compile(
    r"([?&;][\w.-]*(?:token|secret|signature|proof|code|sig|oh|hash|key)=)[^&#\s\"'<>]+",
    re.IGNORECASE,
)
_ACCESS_TOKEN = re.compile(r"\b(?:EAA|IGAA|IGQ)[\w-]{8,}|\b\d{8,}\|[\w-]{16,}", re.ASCII)


def masked(value: object) -> Any:
    """Return parsed JSON with every secret in it replaced by MASK.

    Secrets are: the values of keys like "access_token", parameters of addresses like
    "signature=…", and whatever has the form of an access token of Meta's.
    Source: developers.facebook.com/docs/facebook-login/guides/access-tokens.
    """
    if isinstance(value, dict):
        return {
            masked_text(key): MASK if _hides(key, member) else masked(member)
            for key, member in value.items()
        }
    if isinstance(value, list):
        return [masked(member) for member in value]
    return masked_text(value) if isinstance(value, str) else value


def masked_text(text: str) -> str:
    """Return a text with every address parameter and access token masked."""
    return _ACCESS_TOKEN.sub(MASK, _PARAMETER.sub(rf"\g<1>{MASK}", text))


def _hides(key: str, member: object) -> bool:
    return _SECRET_KEY.search(key) is not None and isinstance(member, str | int)
