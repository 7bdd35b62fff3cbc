"""What every request of the control API shares: its errors, and whom it speaks of."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest, NotFound

from simulator import phones
from simulator.model import Account
from simulator.world import current


def control_blueprint(name: str) -> Blueprint:
    """A part of the control API, whose mistakes are answered in JSON."""
    bp = Blueprint(name, __name__, url_prefix="/control")
    bp.register_error_handler(ValidationError, _invalid)
    bp.register_error_handler(phones.CannotDoError, _cannot)
    bp.register_error_handler(BadRequest, _refused)
    bp.register_error_handler(NotFound, _refused)
    return bp


def _invalid(error: ValidationError) -> tuple[Response, int]:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return jsonify(error="invalid", problems=problems), 400


def _cannot(error: phones.CannotDoError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 409


def _refused(error: BadRequest | NotFound) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code


def json_object() -> dict[str, Any]:
    given = request.get_json(silent=True) if request.get_data() else {}
    if not isinstance(given, dict):
        raise BadRequest("The body must be a JSON object.")
    return given


def find_account(account_id: str | None) -> Account:
    """By Instagram or Page id; without one, the only account there is."""
    accounts = current().store.accounts()
    if account_id is None and len(accounts) == 1:
        return accounts[0]
    for account in accounts:
        if account_id in {account.id, account.page_id, account.username}:
            return account
    raise NotFound(f"No account {account_id!r}; there are {len(accounts)}.")


def find_customer(name: int | str) -> int:
    """By number or username."""
    for key, customer in current().store.customers():
        if str(name) in {str(key), customer.username}:
            return key
    raise NotFound(f"No customer {name!r}.")
