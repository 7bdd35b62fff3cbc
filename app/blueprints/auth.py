"""Logging in and out."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_limiter.util import get_remote_address
from flask_login import logout_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from app.blueprints import devices
from app.blueprints.access import sign_in
from app.extensions import limiter, reader
from app.inbox import members, setup

bp = Blueprint("auth", __name__)


def address_and_email() -> str:
    """Return who tries to log in as whom."""
    return f"{get_remote_address()} {_email().lower()[:200]}"


@bp.get("/login")
def login() -> Response | str:
    """Show the form; where nobody has a login yet, lead to making the first."""
    with suppress(SQLAlchemyError):  # the form can be seen while the database is away
        if setup.is_open(reader()):
            return redirect(url_for("setup.page"), 303)
    return render_template("login.html", next=request.args.get("next", ""))


@bp.post("/login")
@limiter.limit("10/minute;50/hour", key_func=address_and_email)
@limiter.limit("60/minute;300/hour", key_func=get_remote_address)
@limiter.limit("20/minute;60/15 minutes", key_func=lambda: devices.guesser(_email()))
def log_in() -> Response | tuple[str, int]:
    """Log in with address and password. Which of the two is wrong is not said."""
    target = request.form.get("next", "")
    user = members.log_in(reader(), _email(), request.form.get("password", ""))
    if user is None or not members.places(reader(), user.id):
        page = render_template("login.html", next=target, email=_email(), is_wrong=True)
        return page, 422
    sign_in(user)
    answer = redirect(target if is_own_path(target) else url_for("inbox.inbox"), 303)
    devices.remember(answer, user.email)
    return answer


@bp.post("/logout")
def logout() -> Response:
    """Log out and have the browser forget what it kept."""
    logout_user()
    session.clear()
    answer = redirect(url_for("auth.login"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def is_own_path(target: str) -> bool:
    """Say whether ``target`` is a path of this site, whatever browsers make of slashes."""
    if not target.startswith("/") or target.startswith(("//", "/\\")):
        return False
    has_oddity = any(not character.isprintable() or character == "\\" for character in target)
    parts = urlsplit(target)
    return not (has_oddity or parts.scheme or parts.netloc)


def _email() -> str:
    return request.form.get("email", "").replace("\0", "").strip()
