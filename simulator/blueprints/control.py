"""The control API: the world and its people. See simulator/README.md."""

from typing import Any

from flask import Response, jsonify, request
from pydantic import Field, TypeAdapter

from simulator import phones
from simulator.blueprints.asked import control_blueprint, find_account, find_customer, json_object
from simulator.model import Document, Message, MetaApp
from simulator.platforms.base import Action
from simulator.world import World, current

bp = control_blueprint("control")


class ActionRequest(Action):
    """An action, by whom and towards whom; the only account need not be named.

    `age_hours`: it happened so long ago, and its webhook comes only now.
    """

    customer: int | str
    account: str | None = None
    age_hours: float | None = Field(default=None, ge=0, le=24 * 365)


class ColleagueRequest(Document):
    customer: int | str
    account: str | None = None
    text: str | None = None
    message: dict[str, Any] | None = None


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
    app = MetaApp.model_validate({**found.store.app().model_dump(), **json_object()})
    found.store.put_app(app)
    return jsonify(app.model_dump())


@bp.post("/accounts")
def post_account() -> tuple[Response, int]:
    """Make an account, or change the one with the same instagram_id."""
    return jsonify(current().merge_account(json_object()).model_dump()), 201


@bp.patch("/accounts/<account_id>")
def patch_account(account_id: str) -> Response:
    """Change the named keys: conditions, human_agent, token, subscribed_fields."""
    account = find_account(account_id)
    return jsonify(
        current().merge_account({**json_object(), "instagram_id": account.id}).model_dump()
    )


@bp.post("/customers")
def post_customer() -> tuple[Response, int]:
    """Make a customer, or change the one with the same username."""
    key, customer = current().merge_customer(json_object())
    return jsonify(id=key, **customer.model_dump()), 201


@bp.post("/reset")
def reset() -> Response:
    """Forget the traffic; accounts and customers go back to simulator.json unless keep_world."""
    current().reset(keep_world=bool(json_object().get("keep_world")))
    return jsonify(reset=True)


@bp.get("/clock")
def get_clock() -> Response:
    clock = current().clock
    return jsonify(offset_seconds=clock.offset_seconds, now_ms=clock.now_ms())


@bp.put("/clock")
def put_clock() -> Response:
    """Move the platform's time; kept over a restart."""
    offset = TypeAdapter(float).validate_python(json_object().get("offset_seconds"))
    current().move_clock(offset)
    return get_clock()


@bp.get("/switches")
def get_switches() -> Response:
    return jsonify(current().board.now.model_dump())


@bp.put("/switches")
def put_switches() -> Response:
    """Set the named switches; the others stay."""
    return jsonify(current().board.update(json_object()).model_dump())


@bp.post("/calm")
def calm() -> Response:
    """Everything back to normal: switches, conditions, clock, a busy day; the traffic stays."""
    current().calm()
    return get_switches()


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
    action = Action.model_validate(asked.model_dump(exclude={"customer", "account", "age_hours"}))
    if asked.age_hours is not None:
        at_ms = current().clock.now_ms() - round(asked.age_hours * 3_600_000)
        action = action.model_copy(update={"at_ms": at_ms})
    return phones.act(current(), find_customer(asked.customer), find_account(asked.account), action)


@bp.post("/colleague")
def post_colleague() -> tuple[Response, int]:
    """A colleague writes from the phone app: an echo without our API."""
    asked = ColleagueRequest.model_validate(request.get_json())
    message = asked.message or {"text": asked.text or ""}
    who = find_customer(asked.customer)
    return jsonify(phones.colleague(current(), who, find_account(asked.account), message)), 201


@bp.get("/phones/<customer>/messages")
def phone_messages(customer: str) -> Response:
    """What the phone received; `?all=1` adds what it sent."""
    return _listed(current().store.messages(customer_id=find_customer(customer)))


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
