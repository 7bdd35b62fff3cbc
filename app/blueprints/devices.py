"""Browsers that a person has logged in with before, told apart from strangers who guess.

Guesses at one account are counted over all addresses. So that a stranger who keeps guessing
cannot keep its owner out, a browser that was logged in before is counted by itself.
Source: owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

COOKIE = "device"
LIFE = timedelta(days=400)
_LONGEST = 400


def remember(answer: Response, email: str) -> None:
    """Have this browser known as one with which ``email`` was logged in."""
    is_secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    note = _signer().dumps([_mark(email), secrets.token_urlsafe(12)])
    answer.set_cookie(
        COOKIE, note, max_age=LIFE, secure=is_secure, httponly=True, samesite="Lax", path="/login"
    )


def guesser(email: str) -> str:
    """Return by what attempts at ``email`` are counted: this known browser, or everybody else."""
    try:
        mark, nonce = _signer().loads(request.cookies.get(COOKIE, "")[:_LONGEST])
    except (BadSignature, ValueError, TypeError):
        return f"account {_mark(email)}"
    return f"device {nonce}" if mark == _mark(email) else f"account {_mark(email)}"


def _mark(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="device")
