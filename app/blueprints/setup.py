"""The first start: somebody who sees the terminal makes the first login, in the browser."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_limiter.util import get_remote_address
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.blueprints.access import sign_in
from app.blueprints.forms import field
from app.extensions import limiter, reader
from app.inbox import environment, setup
from app.inbox.errors import Refused, Trouble
from app.inbox.setup import FirstPerson
from app.installation import current
from app.locale import gettext as _
from app.models import User
from app.models.database import writing

bp = Blueprint("setup", __name__)


@bp.get("/setup")
def page(trouble: Trouble | None = None) -> Response | str:
    """Ask for the code and the first person's login; leads to the login where there is one."""
    if not setup.is_open(reader()):
        return _done()
    code = request.values.get("code", "")
    return render_template("setup.html", code=code, form=request.form, trouble=trouble)


@bp.post("/setup")
@limiter.limit("10/minute;50/hour", key_func=get_remote_address)
def set_up() -> Response | tuple[str, int]:
    """Make workspace and admin, log them in and lead them to the connections."""
    given = FirstPerson(field("workspace"), field("name"), field("email"), field("password"))
    try:
        with writing(current().engine) as session:
            user = _set_up(session, given)
    except Refused as refused:
        shown = page(refused.trouble)
        return (shown, 422) if isinstance(shown, str) else shown
    sign_in(user)
    return redirect(url_for("connections.page"), 303)


def _set_up(session: Session, given: FirstPerson) -> User:
    user = setup.set_up(session, field("code"), given)
    environment.refresh(session, current().keyring)
    return user


def _done() -> Response:
    flash(_("Inlet is set up already: its first person has made their login."), "soon")
    return redirect(url_for("auth.login"), 303)
