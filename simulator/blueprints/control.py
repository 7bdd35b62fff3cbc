"""The control API: what tests use to move people, time and disorder. See simulator/README.md."""

import base64
import binascii
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from flask import Blueprint, Response, jsonify, request
from pydantic import Field, TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest, NotFound

from simulator import courier, phones
from simulator.engine import secret_of
from simulator.model import Account, Document, Message, MetaApp
from simulator.platforms import PLATFORMS
from simulator.platforms.base import Action, Format
from simulator.world import World, current

bp = Blueprint("control", __name__, url_prefix="/control")


class ActionRequest(Action):
    """An action, by whom and towards whom; the only account need not be named."""

    customer: int | str
    account: str | None = None


class ColleagueRequest(Document):
    customer: int | str
    account: str | None = None
    text: str | None = None
    message: dict[str, Any] | None = None


class DeliverRequest(Document):
    """A webhook made by hand: `json`, or the raw bytes as `base64`."""

    json_: Any = Field(default=None, alias="json")
    base64: str | None = None
    signature: Literal["good", "wrong", "none"] = "good"
    secret: str | None = None
    account: str | None = None
    times: int = Field(default=1, ge=1, le=1000)
    concurrent: bool = False


class TestButtonRequest(Document):
    format: Format = "changes"
    account: str | None = None


class SubscribeRequest(Document):
    callback_url: str | None = None
    verify_token: str | None = None


@bp.errorhandler(ValidationError)
def _invalid(error: ValidationError) -> tuple[Response, int]:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return jsonify(error="invalid", problems=problems), 400


@bp.errorhandler(phones.CannotDoError)
def _cannot(error: phones.CannotDoError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 409


@bp.errorhandler(BadRequest)
@bp.errorhandler(NotFound)
def _refused(error: BadRequest | NotFound) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code


# the world


@bp.get("/world")
def world() -> Response:
    """App, accounts, customers with their ids; nothing is secret in a simulator."""
    found = current()
    people = [
        {"id": key, **customer.model_dump(), "igsids": _igsids(found, key)}
        for key, customer in found.store.customers()
    ]
    accounts = [account.model_dump() for account in found.store.accounts()]
    return jsonify(app=found.store.app().model_dump(), accounts=accounts, customers=people)


def _igsids(found: World, customer_id: int) -> dict[str, str]:
    contacts = [
        found.store.contact_of(customer_id, account.id) for account in found.store.accounts()
    ]
    return {contact.account_id: contact.igsid for contact in contacts if contact}


@bp.put("/app")
def put_app() -> Response:
    """Set the named keys of the app."""
    found = current()
    app = MetaApp.model_validate({**found.store.app().model_dump(), **_object()})
    found.store.put_app(app)
    return jsonify(app.model_dump())


@bp.post("/accounts")
def post_account() -> tuple[Response, int]:
    """Make an account, or change the one with the same instagram_id."""
    return jsonify(current().merge_account(_object()).model_dump()), 201


@bp.patch("/accounts/<account_id>")
def patch_account(account_id: str) -> Response:
    """Change the named keys: conditions, human_agent, token, subscribed_fields."""
    account = _account(account_id)
    return jsonify(current().merge_account({**_object(), "instagram_id": account.id}).model_dump())


@bp.post("/customers")
def post_customer() -> tuple[Response, int]:
    """Make a customer, or change the one with the same username."""
    key, customer = current().merge_customer(_object())
    return jsonify(id=key, **customer.model_dump()), 201


@bp.post("/reset")
def reset() -> Response:
    """Forget the traffic; accounts and customers go back to simulator.json unless keep_world."""
    current().reset(keep_world=bool(_object().get("keep_world")))
    return jsonify(reset=True)


@bp.get("/clock")
def get_clock() -> Response:
    clock = current().clock
    return jsonify(offset_seconds=clock.offset_seconds, now_ms=clock.now_ms())


@bp.put("/clock")
def put_clock() -> Response:
    """Move the platform's time; kept over a restart."""
    offset = TypeAdapter(float).validate_python(_object().get("offset_seconds"))
    current().store.put_clock_offset(offset)
    current().clock.offset_seconds = offset
    return get_clock()


@bp.get("/switches")
def get_switches() -> Response:
    return jsonify(current().board.now.model_dump())


@bp.put("/switches")
def put_switches() -> Response:
    """Set the named switches; the others stay."""
    return jsonify(current().board.update(_object()).model_dump())


@bp.delete("/switches")
def delete_switches() -> Response:
    return jsonify(current().board.reset().model_dump())


# people


@bp.post("/messages")
def post_message() -> tuple[Response, int]:
    """A customer does something; a list of actions makes a list of answers."""
    given = request.get_json()
    if isinstance(given, list):
        return jsonify([_act(one) for one in given]), 201
    return jsonify(_act(given)), 201


def _act(given: object) -> dict[str, Any]:
    asked = ActionRequest.model_validate(given)
    action = Action.model_validate(asked.model_dump(exclude={"customer", "account"}))
    return phones.act(current(), _customer(asked.customer), _account(asked.account), action)


@bp.post("/colleague")
def post_colleague() -> tuple[Response, int]:
    """A colleague writes from the phone app: an echo without our API."""
    asked = ColleagueRequest.model_validate(request.get_json())
    message = asked.message or {"text": asked.text or ""}
    who = _customer(asked.customer)
    return jsonify(phones.colleague(current(), who, _account(asked.account), message)), 201


@bp.get("/phones/<customer>/messages")
def phone_messages(customer: str) -> Response:
    """What the phone received; `?all=1` adds what it sent."""
    return _listed(current().store.messages(customer_id=_customer(customer)))


@bp.get("/messages")
def all_messages() -> Response:
    """What all phones received, in the order of acceptance; `?all=1` adds what they sent."""
    return _listed(current().store.messages())


def _listed(messages: list[tuple[int, Message]]) -> Response:
    everything = request.args.get("all") == "1"
    items = [
        {"order": position, "account": message.account_id, **message.model_dump()}
        for position, message in messages
        if everything or message.direction == "received"
    ]
    return jsonify(items=items, count=len(items))


# webhooks


@bp.get("/webhooks")
def webhooks() -> Response:
    """The log of deliveries, newest first, and how many are in which state."""
    deliveries = current().engine.deliveries
    limit = request.args.get("limit", 200, type=int)
    return jsonify(items=deliveries.log(limit), **deliveries.counts())


@bp.post("/flush")
def flush() -> Response:
    """Send what batch and reorder collected."""
    return jsonify(deliveries=current().engine.flush())


@bp.post("/retry")
def retry() -> Response:
    """Try all pending deliveries now."""
    return jsonify(hurried=current().engine.hurry())


@bp.post("/subscribe")
def subscribe() -> tuple[Response, int]:
    """The handshake with the callback; a good one sets the address and token given."""
    found, asked = current(), SubscribeRequest.model_validate(_object())
    given = asked.model_dump(exclude_none=True)
    app = found.store.app().model_copy(update=given)
    challenge = str(secrets.randbelow(9 * 10**9) + 10**9)
    timeout = found.settings.webhook_timeout
    attempt = courier.handshake(app.callback_url or "", app.verify_token, challenge, timeout)
    verified = attempt.ok and attempt.body == challenge
    if verified:
        found.store.put_app(app)
    facts = {"verified": verified, "status_code": attempt.status, "body": attempt.body}
    return jsonify(**facts, error=attempt.error), 200 if verified else 502


@bp.post("/deliver")
def deliver() -> Response:
    """Post a body of your own now, without retries; what the inbox answered, one per copy."""
    asked = DeliverRequest.model_validate(request.get_json())
    body = courier.compact(asked.json_)
    if asked.base64 is not None:
        try:
            body = base64.b64decode(asked.base64, validate=True)
        except binascii.Error as error:
            raise BadRequest(f"base64: {error}") from error
    return _posted(body, asked, _secret(asked.secret, asked.account))


@bp.post("/test-button")
def test_button() -> Response:
    """What the Test button of Meta's dashboard sends."""
    asked = TestButtonRequest.model_validate(_object())
    platform, now_ms = PLATFORMS["instagram"], current().clock.now_ms()
    body = courier.compact(platform.test_payload(asked.format, now_ms))
    return _posted(body, DeliverRequest(), _secret(None, asked.account))


def _secret(given: str | None, account_id: str | None) -> str:
    app = current().store.app()
    if given is not None or account_id is None:
        return app.app_secret if given is None else given
    return secret_of(app, _account(account_id))


def _posted(body: bytes, asked: DeliverRequest, secret: str) -> Response:
    found = current()
    key = secret if asked.signature == "good" else secret + "-wrong"
    headers = {} if asked.signature == "none" else courier.signed(body, key)
    url, timeout = found.store.app().callback_url, found.settings.webhook_timeout

    def once(_: int) -> courier.Attempt:
        return courier.post(url, body, headers, timeout)

    with ThreadPoolExecutor(asked.times if asked.concurrent else 1) as pool:
        attempts = list(pool.map(once, range(asked.times)))
    codes = [attempt.status for attempt in attempts]
    details = [attempt.model_dump() for attempt in attempts]
    return jsonify(status_code=codes[-1], status_codes=codes, attempts=details)


# lookups


def _object() -> dict[str, Any]:
    given = request.get_json(silent=True) if request.get_data() else {}
    if not isinstance(given, dict):
        raise BadRequest("The body must be a JSON object.")
    return given


def _account(account_id: str | None) -> Account:
    """By Instagram or Page id; without one, the only account there is."""
    accounts = current().store.accounts()
    if account_id is None and len(accounts) == 1:
        return accounts[0]
    for account in accounts:
        if account_id in {account.id, account.page_id, account.username}:
            return account
    raise NotFound(f"No account {account_id!r}; there are {len(accounts)}.")


def _customer(name: int | str) -> int:
    """By number or username."""
    for key, customer in current().store.customers():
        if str(name) in {str(key), customer.username}:
            return key
    raise NotFound(f"No customer {name!r}.")
