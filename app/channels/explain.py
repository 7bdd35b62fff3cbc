"""Meta's errors in plain words: what happened, why, and what to do next.

The texts are English message ids in one table; the templates translate them. ``page`` is a page
of docs/ with its anchor.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes,
developers.facebook.com/documentation/business-messaging/instagram-messaging/get-started.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.channels import errors
from app.channels.base import Retryable

if TYPE_CHECKING:
    from app.channels.base import GraphFault


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an agent and an admin read about a failed call."""

    sentence: str
    cause: str
    next_step: str
    page: str


NO_CAPABILITY = Explanation(
    "Meta does not allow this app to send messages yet.",
    "The app lacks the product or the advanced access for messaging, or the token is of the other "
    "kind of login: an Instagram token does not work for a Page, nor the reverse.",
    "An admin adds the messaging permissions in Meta's App Dashboard, completes App Review, and "
    "connects the account again.",
    "troubleshooting.md#no-capability",
)
INVALID_TOKEN = Explanation(
    "The connection to Meta is no longer valid.",
    "The access token is wrong, was withdrawn, or belongs to the other kind of login.",
    "An admin connects the account again or enters a new access token; then send the message again "
    "with Retry.",
    "troubleshooting.md#invalid-access-token",
)
EXPIRED_TOKEN = replace(INVALID_TOKEN, cause="The access token has expired.")
CHANGED_PASSWORD = replace(
    INVALID_TOKEN,
    cause="Someone changed the password of the Facebook or Instagram user who connected the "
    "account, or Meta ended that user's session.",
)
CHECKPOINT = replace(
    INVALID_TOKEN,
    cause="Meta wants the user who connected the account to confirm who they are.",
    next_step="That user logs in to Facebook or Instagram, follows the instructions there, and an "
    "admin connects the account again.",
)
LOST_ROLE = replace(
    INVALID_TOKEN,
    cause="The user who connected the account has removed the app or lost their role on the Page.",
)
USER_NOT_FOUND = Explanation(
    "Meta does not know this customer on this account.",
    "The customer has deleted their account or wrote to another of your accounts, or the account "
    "was connected with the other kind of login, which has other customer ids.",
    "Ask the customer to write to this account again, and answer in the conversation that appears.",
    "troubleshooting.md#user-not-found",
)
WINDOW_CLOSED = Explanation(
    "The time to answer this customer is over.",
    "Meta lets a business answer for 24 hours after the customer's last message.",
    "Wait until the customer writes again; the conversation opens by itself.",
    "troubleshooting.md#window-closed",
)
ACCESS_OFF = Explanation(
    "The Instagram account does not allow connected tools to read and answer its messages.",
    'The owner has switched off "Allow access to messages", or Instagram did after a new '
    "installation of the app or a new password.",
    "The owner opens Instagram: Settings, Messages and story replies, Message controls, Connected "
    'tools, and switches on "Allow access to messages".',
    "troubleshooting.md#allow-access-to-messages",
)
THROTTLED = Explanation(
    "Meta is slowing this account down.",
    "More messages or calls were made than Meta allows in this time.",
    "Nothing to do: it is tried again after a pause.",
    "troubleshooting.md#slowed-down",
)
TEMPORARY = Explanation(
    "Meta had a problem of its own.",
    "Meta says that the failure is temporary. The message was not sent.",
    "Nothing to do: it is tried again by itself.",
    "troubleshooting.md#temporary-failure",
)
NO_CONNECTION = Explanation(
    "Meta could not be reached.",
    "No connection to Meta's servers came about. The message was not sent.",
    "Nothing to do: it is tried again by itself. If this lasts, an admin checks the server's "
    "network and Meta's status page.",
    "troubleshooting.md#no-connection",
)
UNSURE = Explanation(
    "It is not certain whether the customer got this message.",
    "The message left for Meta, but no clear answer came back.",
    "Look into the conversation in the app before sending it again: it may arrive twice.",
    "troubleshooting.md#unconfirmed",
)
OTHER = Explanation(
    "Meta refused this.",
    "The words above are Meta's own.",
    "Change the message, or show Meta's words to an admin. Trying the same again will not help.",
    "troubleshooting.md#other-errors",
)

TABLE: dict[tuple[int, int | None], Explanation] = {
    (3, None): NO_CAPABILITY,
    (102, None): INVALID_TOKEN,
    (104, None): INVALID_TOKEN,
    (190, None): INVALID_TOKEN,
    (190, 458): LOST_ROLE,
    (190, 459): CHECKPOINT,
    (190, 460): CHANGED_PASSWORD,
    (190, 463): EXPIRED_TOKEN,
    (190, 464): CHECKPOINT,
    (190, 492): LOST_ROLE,
    (100, 2018001): USER_NOT_FOUND,
    (100, 2534014): USER_NOT_FOUND,
    (10, 2018065): WINDOW_CLOSED,
    (10, 2018278): WINDOW_CLOSED,
    (10, 2534022): WINDOW_CLOSED,
    (200, 2534041): ACCESS_OFF,
}
"""By Meta's code and subcode; a code with the subcode None answers for its other subcodes too,
where it stands here."""


def explain(fault: GraphFault, *, unsure: bool = False) -> Explanation:
    """Return what to tell people about ``fault``; where it is not known, with Meta's own text.

    ``unsure`` says that the call ended as :class:`app.channels.base.Unsure`, which a fault alone
    does not tell.
    """
    if unsure or (fault.code, fault.subcode) == errors.SENT_ALL_THE_SAME:
        return UNSURE
    if fault.code is not None:
        known = TABLE.get((fault.code, fault.subcode)) or TABLE.get((fault.code, None))
        if known:
            return known
    if errors.is_throttled(fault):
        return THROTTLED
    if fault.code is None and fault.http_status is None:
        return NO_CONNECTION
    if issubclass(errors.classify(fault, sending=False), Retryable):
        return TEMPORARY
    return replace(OTHER, sentence=fault.message)
