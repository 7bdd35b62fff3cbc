"""The control API: a busy day, and the calls of the Graph API. See simulator/README.md."""

from dataclasses import asdict

from flask import Response, jsonify, request

from simulator.blueprints.asked import control_blueprint, find_account, json_object
from simulator.journal import KEPT
from simulator.lively import LivelyRequest, current_lively
from simulator.world import current

bp = control_blueprint("control_lively")


@bp.get("/lively")
def get_lively() -> Response:
    return jsonify(current_lively().state())


@bp.post("/lively")
def post_lively() -> tuple[Response, int]:
    """Begin a busy day; one under way ends. Without an account they write to all."""
    asked = LivelyRequest.model_validate(json_object())
    accounts = [find_account(asked.account)] if asked.account else current().store.accounts()
    if not accounts:
        return jsonify(error="There is no business to write to yet."), 409
    return jsonify(current_lively().start(asked, accounts, request.host_url)), 201


@bp.delete("/lively")
def delete_lively() -> Response:
    current_lively().stop()
    return get_lively()


@bp.get("/graph-calls")
def graph_calls() -> Response:
    """The latest calls of the Graph API, newest first."""
    limit = request.args.get("limit", KEPT, type=int)
    return jsonify(items=[asdict(call) for call in current().journal.latest(limit)])
