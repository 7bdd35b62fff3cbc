"""What a token may do, and whose it is.

Source: developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging.
"""

from typing import Any

from simulator import conditions, errors
from simulator.model import Account
from simulator.world import World

SCOPES = (
    "instagram_basic",
    "instagram_manage_messages",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_show_list",
    "pages_read_engagement",
)


def is_persons(world: World, login: str, token: str | None) -> bool:
    """Whether this is the token of the person who manages the Pages."""
    known = world.store.app().user_token
    return bool(known) and login == "facebook" and token == known


def facts(world: World, account: Account | None) -> dict[str, Any]:
    """What debug_token tells about the token of `account`; None: nobody's."""
    if account is None:
        refusal: errors.Refusal | None = errors.bad_token()
    else:
        refusal = conditions.first_refusal(account.conditions, conditions.TOKEN, world.clock.now())
    found: dict[str, Any] = {"app_id": world.store.app().app_id, "is_valid": refusal is None}
    if refusal:
        error = {"code": refusal.code, "message": refusal.message, "subcode": refusal.subcode}
        found["error"] = error
    if account is None:
        return found
    now = int(world.clock.now())
    scopes = [one for one in SCOPES if not _is_withheld(account, one)]
    return found | {
        "type": "PAGE" if account.login == "facebook" else "USER",
        "application": "Inlet simulator",
        "data_access_expires_at": now + 90 * 86400,
        "expires_at": account.token_expires_at or 0,
        "issued_at": now - 86400,
        "profile_id": account.page_id or account.id,
        "scopes": scopes,
        "granular_scopes": [{"scope": scope, "target_ids": [account.id]} for scope in scopes],
    }


def _is_withheld(account: Account, scope: str) -> bool:
    return "permission_missing" in account.conditions and scope == "instagram_manage_messages"
