"""Who may call the API: programs with a bearer token, browsers with session and CSRF token.

Source: rfc-editor.org/rfc/rfc6750.
"""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, current_app, g, request, session
from flask_limiter.util import get_remote_address
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from app.blueprints import problems
from app.blueprints.access import Caller, caller
from app.blueprints.afterwards import afterwards
from app.extensions import csrf, limiter, reader
from app.inbox import tokens
from app.models import ApiToken
from app.models.states import Role

RATE = "600/minute"
"""What one token, or one person's browser, may ask of the whole API."""


def blueprint(name: str, import_name: str, url_prefix: str) -> Blueprint:
    """Return a blueprint of the API: authenticated, rate-limited, its errors problems."""
    made = Blueprint(name, import_name, url_prefix=url_prefix)
    csrf.exempt(made)  # identify() asks browsers for it; programs have none
    limiter.shared_limit(lambda: RATE, scope="api", key_func=_rate_key)(made)
    made.before_request(identify)
    made.after_request(_keep_private)
    problems.speak(made)
    return made


def identify() -> None:
    """Find out who asks and hold a browser to its CSRF token.

    An Authorization header decides alone, also beside a session. Raises Unauthorized, and
    flask_wtf.csrf.CSRFError.
    """
    if "Authorization" in request.headers:
        g.caller = _program()
        return
    try:
        caller()
    except Unauthorized:
        raise _unauthorized("Send “Authorization: Bearer TOKEN”.") from None
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()


def _program() -> Caller:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise _unauthorized("Send “Authorization: Bearer TOKEN”.")
    token = tokens.find_token(reader(), given.token)
    if token is None:
        raise _unauthorized("This token is unknown.", error="invalid_token")
    if token.revoked_at:
        raise _unauthorized("This token was revoked. Use another one.", error="invalid_token")
    if tokens.has_expired(token):
        detail = f"This token expired on {token.expires_at:%Y-%m-%d}. Use a new one."
        raise _unauthorized(detail, error="invalid_token")
    _note_use(token)
    return Caller(token.workspace, Role(token.role), None)


def _note_use(token: ApiToken) -> None:
    token_id = token.id
    if tokens.is_due(token.last_used_at):
        afterwards(lambda session: tokens.note_use(session, token_id))


def _unauthorized(detail: str, **more: str) -> Unauthorized:
    challenge = WWWAuthenticate("bearer", {"realm": "Inlet API", **more})
    return Unauthorized(detail, www_authenticate=challenge)


def _rate_key() -> str:
    header = request.headers.get("Authorization")
    if header is not None:
        return "token:" + hashlib.sha256(header.encode()).hexdigest()
    if "_user_id" in session:
        return f"user:{session['_user_id']}"
    return f"address:{get_remote_address()}"


def _keep_private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response
