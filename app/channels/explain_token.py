"""What Meta's refusal of a check means for the connection, in plain words.

The words of ``explain`` speak of a message that was not sent; here nothing was to be sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.channels import errors, explain
from app.channels.explain import Explanation
from app.channels.faults import Retryable
from app.channels.instagram_token import PersonsToken

if TYPE_CHECKING:
    from app.channels.faults import SendError

PERSONS_TOKEN = Explanation(
    "This token is a person's, not the Page's.",
    "It works for that person in Meta's tools, but messages are sent and received by a Page.",
    "In Meta's Graph API Explorer choose the Page under “User or Page”, copy the token that is "
    "shown then, and enter it here.",
    "connect-instagram.md#the-access-token",
)
NO_PERMISSION = Explanation(
    "The token may not look at this account.",
    "A permission was not granted, or the Page was left out when the access was given.",
    "Make a new token with all permissions that the guide names, and choose the Page and the "
    "Instagram account while you do.",
    "connect-instagram.md#the-access-token",
)
GONE = Explanation(
    "Meta does not show this account to the token.",
    "The account or the Page is gone, or whoever made the token has lost access to it.",
    "An admin of the Page makes a new token.",
    "connect-instagram.md#the-access-token",
)
SLOWED_DOWN = Explanation(
    "Meta is slowing this app down.",
    "More calls were made than Meta allows in this time.",
    "Wait an hour, then check again.",
    "troubleshooting.md#slowed-down",
)
AWAY = Explanation(
    "Meta could not be reached.",
    "No connection to Meta's servers came about, so nothing is known about the token.",
    "Look at the server's network and at Meta's status page, then check again.",
    "troubleshooting.md#no-connection",
)
STUMBLED = Explanation(
    "Meta gave no usable answer.",
    "Meta had a problem of its own, so nothing is known about the token.",
    "Check again in a few minutes.",
    "troubleshooting.md#temporary-failure",
)
NEW_TOKEN = "An admin makes a new token and enters it under “Edit”."  # noqa: S105
TOKEN_CODES = frozenset({102, 104, 190})
"""Meta's codes for a token that is no good, whatever was asked."""
_OF_A_CHECK = {
    "account-gone": GONE,
    "no-permission": NO_PERMISSION,
    "not-permitted": NO_PERMISSION,
    "slowed-app": SLOWED_DOWN,
    "slowed-down": SLOWED_DOWN,
}
"""What is said otherwise than of a message, by the name of the meaning."""


def explain_check(error: SendError) -> Explanation:
    """Return what to tell an admin about a check that ended with ``error``."""
    fault = error.fault
    if isinstance(error, PersonsToken):
        return PERSONS_TOKEN
    meaning = errors.meaning(fault)
    if meaning.name in _OF_A_CHECK:
        return _OF_A_CHECK[meaning.name]
    if isinstance(error, Retryable) and meaning.kind != "throttled":
        return AWAY if fault.http_status is None else STUMBLED
    found = explain.explain(fault)
    return replace(found, next_step=NEW_TOKEN) if fault.code in TOKEN_CODES else found
