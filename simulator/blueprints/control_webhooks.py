"""The control API: webhooks by hand, and the log of all. See simulator/README.md."""

import base64
import binascii
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from flask import Response, jsonify, request
from pydantic import Field
from werkzeug.exceptions import BadRequest

from simulator import courier
from simulator.blueprints.asked import control_blueprint, find_account, json_object
from simulator.engine import secret_of
from simulator.model import Document
from simulator.platforms import PLATFORMS
from simulator.platforms.base import Format
from simulator.world import current

bp = control_blueprint("control_webhooks")


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
    found, asked = current(), SubscribeRequest.model_validate(json_object())
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
    asked = TestButtonRequest.model_validate(json_object())
    platform, now_ms = PLATFORMS["instagram"], current().clock.now_ms()
    body = courier.compact(platform.test_payload(asked.format, now_ms))
    return _posted(body, DeliverRequest(), _secret(None, asked.account))


def _secret(given: str | None, account_id: str | None) -> str:
    app = current().store.app()
    if given is not None or account_id is None:
        return app.app_secret if given is None else given
    return secret_of(app, find_account(account_id))


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
