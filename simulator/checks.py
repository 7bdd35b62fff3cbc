"""The checks of the Graph API, in Meta's order: the first that fails decides the answer."""

import hashlib
import hmac
from typing import Any

from flask import Request

from simulator import conditions, errors
from simulator.errors import GraphError
from simulator.model import Account, Condition, Contact
from simulator.platforms import PLATFORMS
from simulator.world import World

HOUR_MS = 3_600_000
WINDOW_MS = 24 * HOUR_MS
HUMAN_AGENT_MS = 7 * 24 * HOUR_MS
TAGS = {"HUMAN_AGENT"}
TOKEN_ERROR = 190
SENDER_ACTIONS = {"typing_on", "typing_off", "mark_seen", "react", "unreact"}


def token_of(request: Request, body: dict[str, Any]) -> str | None:
    """The token from header, query, form or JSON body."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "oauth"} and value.strip():
        return value.strip()
    found = request.values.get("access_token") or body.get("access_token")
    return found if isinstance(found, str) else None


def authorise(world: World, request: Request, body: dict[str, Any], login: str) -> Account:
    """Steps 1 and 2: the account whose token this is. `login`: the kind of token the host takes."""
    token = token_of(request, body)
    if not token:
        raise GraphError(errors.no_token())
    account = world.store.account_of_token(token)
    if account is None or login != account.login:
        raise GraphError(errors.bad_token())
    _refuse(account, conditions.TOKEN, world)
    given = request.values.get("appsecret_proof") or body.get("appsecret_proof")
    _check_proof(world, account, given if isinstance(given, str) else None)
    return account


def _check_proof(world: World, account: Account, given: str | None) -> None:
    """Source: developers.facebook.com/docs/graph-api/guides/secure-requests."""
    app = world.store.app()
    if given is None:
        if app.require_proof and account.login == "facebook":
            raise GraphError(errors.no_proof())
        return
    secrets = {account.app_secret, app.app_secret, app.instagram_app_secret} - {None, ""}
    proofs = [
        hmac.new(str(secret).encode(), account.token.encode(), hashlib.sha256).hexdigest()
        for secret in secrets
    ]
    if not any(hmac.compare_digest(proof.encode(), given.encode()) for proof in proofs):
        raise GraphError(errors.bad_proof())


def _refuse(account: Account, order: tuple[Condition, ...], world: World) -> None:
    refusal = conditions.first_refusal(account.conditions, order, world.clock.now())
    if refusal:
        raise GraphError(refusal)


def permit(world: World, account: Account, object_id: str, contact: Contact | None) -> None:
    """Step 3: whether this token may send as this object, and to this person."""
    if object_id != "me" and object_id not in account.sender_ids:
        raise GraphError(errors.unknown_object("post", object_id))
    _refuse(account, conditions.ASSET, world)
    customer = world.store.customer(contact.customer_id) if contact else None
    if not (customer and customer.has_role):
        _refuse(account, ("standard_access",), world)
    _refuse(account, ("message_access_off",), world)


def permit_reading(world: World, account: Account, object_id: str | None) -> None:
    """Step 3 for the conversations: an edge of the account's own, or a thread or message of it."""
    if object_id is not None and object_id not in {"me", *account.sender_ids}:
        raise GraphError(errors.unknown_object("get", object_id))
    _refuse(account, conditions.ASSET, world)
    _refuse(account, ("message_access_off",), world)


def throttle_reading(world: World, account: Account) -> None:
    """Step 4 for the conversations: two calls a second and account.

    Source: developers.facebook.com/documentation/business-messaging/messenger-platform, page
    overview/rate-limiting.
    """
    per_second = world.board.now.conversations_per_second
    if not world.rate.take(f"conversations:{account.id}", per_second):
        raise GraphError(errors.throttled())


def throttle(world: World, account: Account) -> None:
    """Step 4."""
    if not world.rate.take(account.id, world.board.now.rate_per_second):
        raise GraphError(errors.throttled())


def check_body(account: Account, body: dict[str, Any]) -> None:
    """Step 5: what could never be sent to anybody."""
    message, action = body.get("message"), body.get("sender_action")
    if message is not None and action is not None:
        text = "Cannot send message and sender_action in one request"
        raise GraphError(errors.invalid(text, 2018014))
    if recipient_id(body) is None:
        raise GraphError(errors.invalid("The parameter recipient is required"))
    if action is not None:
        if action not in SENDER_ACTIONS:
            raise GraphError(errors.invalid(f"Invalid parameter: sender_action {action!r}"))
        return
    PLATFORMS[account.channel].check_message(message)
    if body.get("tag") is not None and body["tag"] not in TAGS:
        raise GraphError(errors.invalid(f"Invalid parameter: the tag {body['tag']} was removed"))


def recipient_id(body: dict[str, Any]) -> str | None:
    recipient = body.get("recipient")
    found = recipient.get("id") if isinstance(recipient, dict) else None
    return found if isinstance(found, str) and found else None


def check_recipient(world: World, account: Account, contact: Contact | None) -> Contact:
    """Step 6: an id of nobody, an id of another account, or somebody who blocked the business."""
    if contact is None:
        raise GraphError(errors.invalid("No matching Instagram user", 2534014))
    if contact.account_id != account.id:
        raise GraphError(errors.invalid("No matching user found", 2018001))
    customer = world.store.customer(contact.customer_id)
    if customer is None or customer.blocked:
        raise GraphError(errors.unavailable())
    return contact


def check_window(world: World, account: Account, contact: Contact, tag: object) -> None:
    """Step 7: 24 hours since the customer's last action, 7 days for a human agent if granted."""
    age = world.clock.now_ms() - (contact.window_opened_ms or 0)
    human = tag == "HUMAN_AGENT" and account.human_agent
    if contact.window_opened_ms is None or age > (HUMAN_AGENT_MS if human else WINDOW_MS):
        raise GraphError(errors.outside_window())
