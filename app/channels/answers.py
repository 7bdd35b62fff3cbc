"""Reading what the Graph API answered.

Source: developers.facebook.com/docs/graph-api/guides/error-handling,
developers.facebook.com/docs/graph-api/overview/rate-limiting.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from app.channels import body
from app.channels.base import Usage
from app.channels.faults import GraphFault
from app.channels.values import identifier, mapping, mappings, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST_MESSAGE = 1_000
_LONGEST_NUMBER = 9  # digits that a 32-bit column surely holds
_MINUTE = 60.0
_HIGHEST_SHARE = 1_000
_SHARES = ("call_count", "total_time", "total_cputime")


def read(raw: bytes) -> dict[str, Any] | None:
    """Return the object in an answer, or None where it is none that can be read."""
    try:
        objects = body.read(raw)
    except body.Unreadable:
        return None
    return objects[0] if len(objects) == 1 else None


def fault(
    answer: Mapping[str, Any] | None,
    status: int,
    headers: Mapping[str, str],
    *,
    secrets: Sequence[str] = (),
    channel: str = "",
) -> GraphFault:
    """Return Meta's words in ``answer``, without any of ``secrets``, which Meta may repeat."""
    error = mapping((answer or {}).get("error"))
    message = _message(error)
    for secret in secrets:
        message = message.replace(secret, "[secret]") if message and secret else message
    return GraphFault(
        message=(message or f"HTTP {status} without an explanation")[:_LONGEST_MESSAGE],
        code=_number(error.get("code")),
        subcode=_number(error.get("error_subcode")),
        http_status=status,
        trace_id=identifier(error.get("fbtrace_id")) or identifier(headers.get("x-fb-trace-id")),
        retry_after=_retry_after(headers),
        channel=channel,
        type=words(error.get("type")),
        is_transient=error.get("is_transient") is True,
    )


def usage(headers: Mapping[str, str]) -> Usage | None:
    """Return the highest usage that the headers of an answer tell, or None where they tell none.

    Meta counts calls and computing time of the app, and of the account by kind of use.
    """
    of_app = read(headers.get("X-App-Usage", "").encode())
    app_percent = _highest([of_app] if of_app else [])
    percents = [one for one in (app_percent, _highest(_by_account(headers))) if one is not None]
    if not percents:
        return None
    return Usage(max(percents), _until_access(headers) or 0.0, app_percent or 0)


def _highest(entries: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the highest share in per cent, None where no entry tells one."""
    shares = [_seconds(entry.get(name)) for entry in entries for name in _SHARES]
    known = [share for share in shares if share is not None]
    return min(int(max(known)), _HIGHEST_SHARE) if known else None


def _by_account(headers: Mapping[str, str]) -> list[Mapping[str, Any]]:
    told = read(headers.get("X-Business-Use-Case-Usage", "").encode()) or {}
    return [entry for entries in told.values() for entry in mappings(entries)]


def _until_access(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of the longest pause that the usage header asks for."""
    told = _by_account(headers)
    minutes = [_seconds(entry.get("estimated_time_to_regain_access")) for entry in told]
    return max((one * _MINUTE for one in minutes if one), default=None)


def _message(error: Mapping[str, Any]) -> str | None:
    """Return Meta's sentence, with the details that WhatsApp gives beside it."""
    message = words(error.get("message")) or words(error.get("error_user_msg"))
    details = words(mapping(error.get("error_data")).get("details"))
    if message and details and details not in message:
        return f"{message}: {details}"
    return message or details


def _number(value: object) -> int | None:
    digits = identifier(value)
    return int(digits) if digits and digits.isdecimal() and len(digits) <= _LONGEST_NUMBER else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return seconds: what Retry-After says, else the longest pause in the usage header."""
    asked = _seconds(headers.get("Retry-After"))
    if asked is not None:
        return asked
    return _until_access(headers)


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < math.inf else None
