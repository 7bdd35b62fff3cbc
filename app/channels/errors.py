"""What an error of Meta's means, and so what may happen next.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes,
developers.facebook.com/docs/graph-api/guides/error-handling.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from app.channels import meanings
from app.channels.faults import (
    Permanent,
    Retryable,
    Throttled,
    Unauthorized,
    Unreachable,
    Unsure,
    WindowClosed,
)

if TYPE_CHECKING:
    from app.channels.faults import GraphFault, SendError
    from app.channels.meanings import Kind, Meaning

UNCONFIRMED = "unconfirmed"
CLASSES: dict[Kind, type[SendError]] = {
    "retryable": Retryable,
    "throttled": Throttled,
    "permanent": Permanent,
    "token": Unauthorized,
    "window": WindowClosed,
    "recipient": Unreachable,
    "unsure": Unsure,
}


def classify(fault: GraphFault, *, sending: bool) -> type[SendError]:
    """Return the class of a call that Meta, or something before Meta, answered with a fault.

    Where nobody knows whether it was carried out it is :class:`Unsure` while ``sending``, and
    :class:`Retryable` otherwise: reading twice does no harm.
    """
    kind = CLASSES[meaning(fault).kind]
    return Retryable if kind is Unsure and not sending else kind


def meaning(fault: GraphFault, *, unsure: bool = False) -> Meaning:
    """Return what ``fault`` means. Where Meta's numbers are not known, its status decides.

    ``unsure`` says that the call ended as :class:`Unsure`, which a fault alone does not tell.
    """
    if unsure:
        return meanings.by_name(UNCONFIRMED)
    if fault.name is not None:
        return meanings.by_name(fault.name)
    known = None
    if fault.code is not None:
        known = meanings.by_code(fault.channel, fault.code, fault.subcode)
    return known or meanings.by_name(_by_status(fault))


def _by_status(fault: GraphFault) -> str:
    """Return the name of what an answer without known numbers means.

    A server's error, and a success that nobody can read, leave open whether a message went out,
    unless Meta itself calls the failure transient.
    """
    status = fault.http_status
    if status is None:
        return "other"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "slowed-down"
    if fault.is_transient:
        return "temporary-failure"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or (fault.code is None and _is_mute(status)):
        return UNCONFIRMED
    return "invalid-token" if _is_about_the_token(fault) else "other"


def _is_mute(status: int) -> bool:
    return status < HTTPStatus.MULTIPLE_CHOICES or status == HTTPStatus.REQUEST_TIMEOUT


def _is_about_the_token(fault: GraphFault) -> bool:
    """Return whether Meta refuses the token, in an error that is Meta's and no proxy's."""
    if fault.type is None:
        return False
    is_bare = fault.type == "OAuthException" and fault.code is None
    return is_bare or fault.http_status == HTTPStatus.UNAUTHORIZED
