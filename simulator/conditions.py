"""What may be wrong with an account, and how the Graph API says it."""

import time
from collections.abc import Iterable

from simulator.errors import Refusal
from simulator.model import Condition

TOKEN: tuple[Condition, ...] = ("token_expired", "password_changed", "token_revoked")
ASSET: tuple[Condition, ...] = (
    "permission_missing",
    "page_access_missing",
    "capability_missing",
    "account_restricted",
)

WORDS: dict[Condition, str] = {
    "token_expired": "The access token has expired",
    "password_changed": "The owner changed their password",
    "token_revoked": "The owner removed the app's access",
    "permission_missing": "A permission was not granted",
    "page_access_missing": "The token may not act for the Page",
    "capability_missing": "The app lacks the capability (no advanced access yet)",
    "account_restricted": "Meta restricted the account from messaging",
    "standard_access": "The app may message testers only",
    "message_access_off": "The owner switched off “Allow access to messages”",
}

ERRORS: dict[Condition, Refusal] = {
    "password_changed": Refusal(
        190,
        "Error validating access token: The session has been invalidated because the user changed "
        "their password or Facebook has changed the session for security reasons.",
        460,
        401,
    ),
    "token_revoked": Refusal(
        190, "Error validating access token: The access token has been invalidated.", 467, 401
    ),
    "permission_missing": Refusal(
        10, "(#10) Application does not have permission for this action", status=403
    ),
    "page_access_missing": Refusal(
        200, "(#200) The user hasn't authorized the application to perform this action", status=403
    ),
    "capability_missing": Refusal(
        3, "(#3) Application does not have the capability to make this API call.", status=403
    ),
    "account_restricted": Refusal(
        10, "(#10) This Page is temporarily restricted from messaging.", 1893063, 403
    ),
    "standard_access": Refusal(
        200,
        "(#200) Cannot message users who are not admins, developers or testers of the app until "
        "the permission is reviewed and the app is live.",
        2018028,
        403,
    ),
    "message_access_off": Refusal(
        200,
        "(#200) The owner of the Instagram account has disabled access to direct messages.",
        2534041,
        403,
    ),
}


def expired(now: float) -> Refusal:
    """190/463, as of an hour ago."""
    stamp = time.strftime("%A, %d-%b-%y %H:%M:%S UTC", time.gmtime(now - 3600))
    text = f"Error validating access token: Session has expired on {stamp}."
    return Refusal(190, text, 463, 401)


def first_refusal(
    present: Iterable[Condition], order: Iterable[Condition], now: float
) -> Refusal | None:
    """The refusal for the first condition of `order` that is present."""
    for condition in order:
        if condition in present:
            return expired(now) if condition == "token_expired" else ERRORS[condition]
    return None
