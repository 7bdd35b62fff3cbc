"""Where a link leads with which a colleague chooses their password."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from app.blueprints.access import sign_in
from app.blueprints.forms import field
from app.extensions import limiter, reader
from app.inbox import codes, people
from app.inbox.errors import Refused, Trouble
from app.installation import current
from app.models.database import writing

bp = Blueprint("welcome", __name__)


@bp.get("/welcome/<code>")
@limiter.limit("30/minute", key_func=get_remote_address)
def page(code: str, trouble: Trouble | None = None) -> str | tuple[str, int]:
    """Ask for a password; says so where the link does not work."""
    try:
        found = codes.find_welcome_code(reader(), code)
    except Refused as refused:
        return render_template("welcome.html", dead=refused.trouble), 404
    return render_template("welcome.html", user=found.user, code=code, trouble=trouble)


@bp.post("/welcome/<code>")
@limiter.limit("10/minute;50/hour", key_func=get_remote_address)
def choose(code: str) -> Response | str | tuple[str, int]:
    """Take the password, use up the link and log the colleague in."""
    try:
        with writing(current().engine) as session:
            user = people.choose_password(session, code, field("password"))
    except Refused as refused:
        shown = page(code, refused.trouble)
        return (shown, 422) if isinstance(shown, str) else shown
    sign_in(user)
    return redirect(url_for("inbox.inbox"), 303)
