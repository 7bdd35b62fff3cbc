"""Meta's way in: the handshake, and signed bodies that are stored before they are answered."""

from __future__ import annotations

import re
from functools import partial

import structlog
from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy.exc import DBAPIError

from app.blueprints import problems
from app.channels.registry import CHANNELS
from app.extensions import csrf, limiter
from app.inbox import handshakes
from app.inbox.intake import NotStoredError
from app.inbox.receive import MAX_BODY, NO_SIGNATURE, WRONG_SIGNATURE, SecretsAwayError
from app.installation import current
from app.models.database import reading

bp = Blueprint("webhooks", __name__, url_prefix="/api/webhooks")
csrf.exempt(bp)
limiter.exempt(bp)
problems.speak(bp)

ENDPOINTS = ("instagram", "messenger", "whatsapp", "meta")
_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_LATER = {"Retry-After": "10"}
_PATH = f"/<any({', '.join(ENDPOINTS)}):endpoint>"

log = structlog.get_logger()


@bp.get(_PATH)
def handshake(endpoint: str) -> Response:
    """Answer Meta's challenge where mode and verify token are right; else 403.

    Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
    """
    token = request.args.get("hub.verify_token", "")
    challenge = request.args.get("hub.challenge", "")
    if request.args.get("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(challenge):
        abort(403)
    channels = frozenset(CHANNELS) if endpoint == "meta" else frozenset({endpoint})
    with reading(current().engine) as session:
        known = current().keyring.verify_tokens(session, channels)
    shaken = handshakes.holders(token, known)
    if shaken is None:
        abort(403)
    log.info("webhook_handshake", endpoint=endpoint)
    answer = Response(challenge, mimetype="text/plain")
    answer.call_on_close(partial(handshakes.note, current().engine, shaken))
    return answer


@bp.post(_PATH)
def receive(endpoint: str) -> Response:
    """Store a signed body, ring for the drain, and answer 200. Nothing is parsed here.

    While the database is away the body goes to the spool, and the sweep finds it there.
    """
    request.max_content_length = MAX_BODY
    body = request.get_data(cache=False)
    header = request.headers.get("X-Hub-Signature-256")
    desk = current_app.extensions["inlet_webhooks"]
    try:
        verified_by = desk.doorkeeper.verify(body, header)
        if verified_by is None:
            desk.refusals.note(endpoint, WRONG_SIGNATURE if header else NO_SIGNATURE)
            return _plain("signature refused", 403)
        is_in_database = desk.intake.store(endpoint, body, verified_by)
    except DBAPIError as problem:
        log.error("webhook_not_stored", error=type(problem.orig).__name__)  # noqa: TRY400
        return _plain("try again", 503, _LATER)
    except (SecretsAwayError, NotStoredError):  # logged where they were noticed, once
        return _plain("try again", 503, _LATER)
    if is_in_database:
        current().queue.ring_inbound()
    return _plain("EVENT_RECEIVED", 200)


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers, mimetype="text/plain")
