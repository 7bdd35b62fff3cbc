"""Taking out of webhook bodies what opens doors, before a person or a program sees them.

Meta's bodies hold no tokens of ours, but addresses of files that are signed, and one-time tokens
of customers; and a customer may have pasted a token into a message.
"""

from __future__ import annotations

import re
from typing import Any

MASK = "(masked)"

_NAME = r"(?:token|secret|signature|password|proof|authorization)"
_SECRET_KEY = re.compile(rf"{_NAME}$", re.IGNORECASE)
_MEMBER = re.compile(
    rf"""({_NAME}\\*["']\s*:\s*)(\\*["']).*?(?:(?<!\\)\2|\Z)""", re.IGNORECASE | re.DOTALL
)
_BETWEEN = r"""(?:[\\"'\s\]]|%(?:20|22|27|5C|5D))*+"""
_INDEX = r"(?:\[|%5B)(?:(?:[^\[\]:=&%]|%(?!5B|5D|3A|3D))*+(?:\]|%5D))?+"
_ANY_MEMBER = re.compile(
    # Name and sign; so many indices at most, for each would be looked at once per name before it.
    rf"""({_NAME}{_BETWEEN}(?:{_INDEX}{_BETWEEN}){{0,20}}+(?:[:=]|%3A|%3D)\s*)"""
    r"""(?:(\\*["']).*?(?:(?<!\\)\2|\Z)"""  # in quotes, if need be to the end
    r"""|[\[{].*|[^\r\n&"]+)""",  # where a list ends nobody knows; of a form, its field
    re.IGNORECASE | re.DOTALL,
)
_FIELD = r"[\w.-]*(?:token|secret|signature|proof|code|sig|oh|hash|key)="
_PARAMETER = re.compile(rf"([?&;]{_FIELD})[^&#\s\"'<>]+", re.IGNORECASE)
_FIRST_FIELD = re.compile(rf"\A({_FIELD})[^&\r\n]+", re.IGNORECASE)
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
    """Return a text with JSON's secret members, address parameters and access tokens masked."""
    text = _MEMBER.sub(_with_mask, text)
    return _ACCESS_TOKEN.sub(MASK, _PARAMETER.sub(rf"\g<1>{MASK}", text))


def masked_raw(text: str) -> str:
    """Return a body that cannot be read, masked as a text and as whatever it may be a part of.

    The value after a secret key is masked in JSON, in JSON in a text, in a form and in addresses,
    also where it is cut off. In doubt too much is masked. What is not recognized is a key
    with escaped letters.
    """
    text = _FIRST_FIELD.sub(rf"\g<1>{MASK}", text)
    return masked_text(_ANY_MEMBER.sub(_with_mask, text))


def _with_mask(found: re.Match[str]) -> str:
    quote = found[2] or ""
    return f"{found[1]}{quote}{MASK}{quote}"


def _hides(key: str, member: object) -> bool:
    return _SECRET_KEY.search(key) is not None and member is not None
