"""Which of Meta's errors may be tried again, and which never.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes,
developers.facebook.com/docs/graph-api/guides/error-handling.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from app.channels.base import Permanent, Retryable, Throttled, Unsure

if TYPE_CHECKING:
    from app.channels.base import GraphFault, SendError

SENT_ALL_THE_SAME = (1, 1357046)
"""Meta stumbled over its own answer, but the message was sent."""

_RETRYABLE = {(1, None), (99, None)}
_NOT_RETRYABLE = {(2, 2018344)}
_RETRYABLE_WITH_ANY_SUBCODE = {2}
_RETRYABLE_AFTER_A_CRASH = {1, 2}
_THROTTLED_WITH_ANY_SUBCODE = {4, 17, 32, 341, 613, 2018321, *range(80001, 80015)}
_THROTTLED = {(9, 2018352), (10, 1893063)}


def classify(fault: GraphFault, *, sending: bool) -> type[SendError]:
    """Return the class of a call that Meta, or something before Meta, answered with a fault.

    Meta's numbers decide. Where the answer held none, the HTTP status does: a 5xx (or a success
    nobody can read) leaves open whether a message went out, so it is :class:`Unsure` while
    ``sending`` and :class:`Retryable` otherwise.
    """
    pair = (fault.code, fault.subcode)
    status = fault.http_status or HTTPStatus.OK
    if is_throttled(fault):
        return Throttled
    if pair == SENT_ALL_THE_SAME or (fault.code is None and _says_nothing(status)):
        return Unsure if sending else Retryable
    crashed = status >= HTTPStatus.INTERNAL_SERVER_ERROR and fault.code in _RETRYABLE_AFTER_A_CRASH
    known = pair in _RETRYABLE or fault.code in _RETRYABLE_WITH_ANY_SUBCODE
    return Retryable if (crashed or known) and pair not in _NOT_RETRYABLE else Permanent


def is_throttled(fault: GraphFault) -> bool:
    """Return whether Meta asks for fewer calls or a longer pause."""
    return (
        fault.code in _THROTTLED_WITH_ANY_SUBCODE
        or (fault.code, fault.subcode) in _THROTTLED
        or fault.http_status == HTTPStatus.TOO_MANY_REQUESTS
    )


def _says_nothing(status: int) -> bool:
    return (
        status < HTTPStatus.MULTIPLE_CHOICES
        or status == HTTPStatus.REQUEST_TIMEOUT
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )
