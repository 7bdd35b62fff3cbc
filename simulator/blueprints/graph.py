"""The Graph API, as far as an Instagram inbox calls it.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform, page
reference/send-api, and developers.facebook.com/docs/graph-api/overview/rate-limiting.
"""

import json
import re
import time
from typing import Any

from flask import Blueprint, Response, g, request

from simulator import checks, conversations, errors, identifiers, phones, tokens
from simulator.blueprints.graph_log import body_of, note
from simulator.errors import GraphError
from simulator.identifiers import trace_id
from simulator.model import INSTAGRAM_FIELDS, Account
from simulator.platforms import PLATFORMS
from simulator.world import current

bp = Blueprint("graph", __name__)
bp.after_request(note)

PAGE_FIELDS = {
    "messages",
    "messaging_postbacks",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "message_edits",
    "messaging_referrals",
    "messaging_optins",
    "messaging_handovers",
    "standby",
}
HTML_500 = "<!DOCTYPE html><html><head><title>Error</title></head><body>Something went wrong."
_PAST = {"thread": conversations.thread, "message": conversations.message}
HTML_504 = HTML_500.replace("Error", "Gateway Timeout")


@bp.url_value_preprocessor
def _address(_: str | None, values: dict[str, Any] | None) -> None:
    """Which of Meta's hosts is played, and the version asked for."""
    values = values if values is not None else {}
    g.arrived = time.time()
    g.login, g.version = values.pop("login", ""), values.pop("version", "")


@bp.before_request
def _arrive() -> None:
    time.sleep(current().board.now.latency_ms / 1000)
    if g.version and not re.fullmatch(r"v\d+\.\d+", g.version):
        raise GraphError(errors.unknown_path(g.version))


@bp.after_request
def _usage(response: Response) -> Response:
    """The headers that Meta puts on every answer."""
    world, account = current(), g.get("account")
    per_second = world.board.now.rate_per_second
    used = world.rate.used_percent(account.id, per_second) if account else 0
    share = {"call_count": used, "total_cputime": used, "total_time": used}
    of_app = dict.fromkeys(share, world.board.now.app_usage)
    response.headers["X-App-Usage"] = json.dumps(of_app, separators=(",", ":"))
    if account:
        business = share | {"type": account.channel, "estimated_time_to_regain_access": 0}
        usage = {account.page_id or account.id: [business]}
        response.headers["X-Business-Use-Case-Usage"] = json.dumps(usage, separators=(",", ":"))
    response.headers["x-fb-trace-id"] = trace_id()
    response.headers["facebook-api-version"] = g.version or "v23.0"
    return response


@bp.errorhandler(GraphError)
def _refused(error: GraphError) -> Response:
    response = _json(error.refusal.body(), error.refusal.status)
    if error.refusal.code == checks.TOKEN_ERROR:
        reason = f'OAuth "Facebook Platform" "invalid_token" "{error.refusal.message}"'
        response.headers["WWW-Authenticate"] = reason
    return response


@bp.post("/<version>/<object_id>/messages")
def messages(object_id: str) -> Response:
    """The Send API."""
    world, body = current(), body_of(request)
    account = _authorised(body)
    contact = world.store.contact(checks.recipient_id(body) or "")
    checks.permit(world, account, object_id, contact)
    checks.throttle(world, account)
    checks.check_body(account, body)
    contact = checks.check_recipient(world, account, contact)
    if (action := body.get("sender_action")) is not None:
        payload = body.get("payload")
        if action in {"react", "unreact"} and isinstance(payload, dict):
            phones.react(world, account, contact, payload, action)
        return _json(PLATFORMS[account.channel].answer(contact, None))
    checks.check_window(world, account, contact, body.get("tag"))
    if (fault := _fault_before()) is not None:
        return fault
    mid = phones.accept(world, account, contact, body["message"])
    if world.board.take("timeout_after_accept") and not world.board.hang():
        return Response(HTML_504, 504, content_type="text/html")
    if world.board.take("error_1357046"):
        raise GraphError(errors.sent_although())
    return _json(PLATFORMS[account.channel].answer(contact, mid))


def _fault_before() -> Response | None:
    """The disorders in which nothing is sent."""
    board = current().board
    if board.take("timeout_before_accept"):
        board.hang()
        return Response(HTML_504, 504, content_type="text/html")
    if board.take("html_500"):
        return Response(HTML_500, 500, content_type="text/html")
    if board.take("ok_with_error"):
        refusal = errors.Refusal(2, "Service temporarily unavailable", status=200)
        return _json(refusal.body())
    if (switch := board.take_error()) is not None:
        status = switch.http_status
        raise GraphError(
            errors.Refusal(switch.code, switch.message, switch.subcode, status, switch.type)
        )
    return None


@bp.get("/<version>/<object_id>/messages")
def thread_messages(object_id: str) -> Response:
    """The messages of a conversation."""
    account = _reading(None)
    return _json(conversations.messages(current(), account, object_id, request.args))


@bp.get("/<version>/<object_id>/conversations")
def threads(object_id: str) -> Response:
    """The conversations of the account."""
    return _json(conversations.listed(current(), _reading(object_id), request.args))


def _reading(object_id: str | None) -> Account:
    account = _authorised({})
    checks.permit_reading(current(), account, object_id)
    checks.throttle_reading(current(), account)
    return account


@bp.get("/<version>/debug_token")
def debug_token() -> Response:
    """Answers to the app's own token `id|secret`, or to the token asked about."""
    world = current()
    app, given = world.store.app(), checks.token_of(request, {})
    asked = request.args.get("input_token", "")
    if not given:
        raise GraphError(errors.no_token())
    if given not in {f"{app.app_id}|{app.app_secret}", asked}:
        raise GraphError(errors.bad_token())
    account = world.store.account_of_token(asked)
    return _json({"data": tokens.facts(world, account)})


@bp.get("/<version>/me/accounts")
def accounts() -> Response:
    """The Pages of the person whose token this is; a Page has no such edge.

    Source: developers.facebook.com/docs/graph-api/reference/user/accounts.
    """
    world = current()
    if not tokens.is_persons(current(), g.login, checks.token_of(request, {})):
        _authorised({})
        raise GraphError(errors.no_such_field("accounts", "Page"))
    pages = [_page_of(one) for one in world.store.accounts() if one.login == "facebook"]
    wanted = _fields() | {"id"}
    data = [{key: value for key, value in one.items() if key in wanted} for one in pages]
    return _json({"data": data, "paging": {"cursors": {"before": "MA", "after": "MA"}}})


def _page_of(account: Account) -> dict[str, Any]:
    linked = {"id": account.instagram_id}
    if "instagram_business_account{" in request.args.get("fields", ""):
        linked["username"] = account.username
    return {
        "id": account.page_id,
        "name": account.name,
        "access_token": account.token,
        "tasks": ["MESSAGING", "MODERATE", "MANAGE"],
        "instagram_business_account": linked,
    }


def _fields() -> set[str]:
    """The fields asked for, without those inside braces."""
    outer = re.sub(r"\{[^}]*\}", "", request.args.get("fields", ""))
    return {one for one in outer.split(",") if one}


@bp.route("/<version>/<object_id>/subscribed_apps", methods=["GET", "POST", "DELETE"])
def subscribed_apps(object_id: str) -> Response:
    """The asset's subscription: without it no webhook leaves."""
    world, body = current(), body_of(request)
    account = _authorised(body)
    if object_id not in {"me", *account.sender_ids}:
        raise GraphError(errors.unknown_object(request.method.lower(), object_id))
    if request.method == "GET":
        facts = {"id": world.store.app().app_id, "name": "Inlet simulator"}
        fields = account.subscribed_fields
        return _json({"data": [facts | {"subscribed_fields": fields}] if fields else []})
    fields = _subscribed_fields(account, body) if request.method == "POST" else []
    world.store.put_account(account.model_copy(update={"subscribed_fields": fields}))
    return _json({"success": True})


def _subscribed_fields(account: Account, body: dict[str, Any]) -> list[str]:
    given = request.values.get("subscribed_fields") or body.get("subscribed_fields") or ""
    fields = given if isinstance(given, list) else str(given).split(",")
    allowed = PAGE_FIELDS if account.login == "facebook" else set(INSTAGRAM_FIELDS)
    for position, field in enumerate(fields):
        if field not in allowed:
            one_of = ", ".join(sorted(allowed))
            text = f"Param subscribed_fields[{position}] must be one of {{{one_of}}}"
            raise GraphError(errors.invalid(f"{text} - got {field!r}."))
    return [str(field) for field in fields]


@bp.get("/<version>/<object_id>")
def read(object_id: str) -> Response:
    """The account, its Page, a customer's profile, a thread or a message; `fields` chooses."""
    if (past := _PAST.get(identifiers.kind_of(object_id))) is not None:
        return _json(past(current(), _reading(None), object_id, request.args))
    if object_id == "me" and tokens.is_persons(current(), g.login, checks.token_of(request, {})):
        return _person()
    account = _authorised({})
    if object_id in {account.instagram_id, account.app_scoped_id} or (
        object_id == "me" and account.login == "instagram"
    ):
        found = PLATFORMS[account.channel].account(
            account, f"{request.host_url}cdn/{account.username}.png"
        )
    elif object_id in {"me", account.page_id}:
        found = _page_of(account)
    else:
        found = _profile(account, object_id)
    wanted = _fields() | {"id"} if _fields() else {"id", "name"}
    return _json({key: value for key, value in found.items() if key in wanted})


def _person() -> Response:
    """A person has a name, and no Instagram account of a Page."""
    if "instagram_business_account" in _fields():
        raise GraphError(errors.no_such_field("instagram_business_account", "User"))
    return _json({"id": "1", "name": "Nino Admin"})


def _profile(account: Account, igsid: str) -> dict[str, Any]:
    """Known once the person wrote.

    Source: developers.facebook.com/documentation/business-messaging/instagram-messaging, page
    features/user-profile.
    """
    world = current()
    contact = world.store.contact(igsid)
    customer = world.store.customer(contact.customer_id) if contact else None
    if contact is None or customer is None or contact.account_id != account.id:
        raise GraphError(errors.unknown_object("get", igsid))
    refused = customer.profile == "no_consent" or world.board.now.profile_refused
    if contact.window_opened_ms is None or refused:
        raise GraphError(errors.no_consent())
    if customer.profile == "missing":
        raise GraphError(errors.no_instagram_user())
    return PLATFORMS[account.channel].profile(contact, customer, _picture(customer.username))


@bp.route("/<path:path>", methods=["GET", "POST", "DELETE"])
def unknown(path: str) -> Response:
    _, _, rest = path.partition("/")
    raise GraphError(errors.unknown_path(rest or path))


def _authorised(body: dict[str, Any]) -> Account:
    g.account = checks.authorise(current(), request, body, g.login)
    account: Account = g.account
    return account


def _picture(name: str) -> str:
    return f"{request.host_url}cdn/people/{name}.png"


def _json(payload: dict[str, Any], status: int = 200) -> Response:
    text = json.dumps(payload, separators=(",", ":"))
    return Response(text, status, content_type="application/json; charset=UTF-8")
