"""One's own name, password and language."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.blueprints.access import caller, needs, stay_signed_in
from app.blueprints.forms import field
from app.extensions import limiter
from app.inbox import members
from app.inbox.errors import Refused, Trouble
from app.inbox.permissions import Permission
from app.installation import current
from app.locale import gettext as _
from app.locale import languages, named_languages, refresh
from app.models import User
from app.models.database import writing

bp = Blueprint("profile", __name__, url_prefix="/settings/profile")


@bp.get("")
@needs(Permission.READ_INBOX)
def page(trouble: Trouble | None = None, part: str = "") -> str:
    """Show the person's own settings; ``trouble`` is what was wrong in a ``part`` of them."""
    return render_template(
        "profile.html", trouble=trouble, part=part, form=request.form, languages=named_languages()
    )


@bp.post("/name")
@needs(Permission.READ_INBOX)
def rename() -> Response | tuple[str, int]:
    """Change the name that colleagues see, and the language."""
    try:
        with writing(current().engine) as session:
            user = session.get_one(User, _me().id)
            members.rename_user(session, user, field("name"))
            if field("language") in languages():
                user.locale = g.caller.user.locale = field("language")
    except Refused as refused:
        return page(refused.trouble, "name"), 422
    refresh()
    flash(_("Saved."))
    return redirect(url_for("profile.page"), 303)


@bp.post("/password")
@needs(Permission.READ_INBOX)
@limiter.limit("10/minute;50/hour", key_func=lambda: f"password {_me().id}")
def change_password() -> Response | tuple[str, int]:
    """Change the password; who knows the old one alone may. Other sessions end."""
    if not members.is_password(_me(), field("old")):
        return page(_WRONG, "password"), 422
    try:
        with writing(current().engine) as session:
            user = session.get_one(User, _me().id)
            members.set_password(user, field("password"))
    except Refused as refused:
        return page(refused.trouble, "password"), 422
    stay_signed_in(user)
    flash(_("Your password is changed. You are logged out everywhere else."))
    return redirect(url_for("profile.page"), 303)


def _me() -> User:
    user = caller().user
    assert user is not None  # noqa: S101 - no token opens a page
    return user


_WRONG = Trouble(
    message="The old password is wrong.",
    explanation="It shows that it is you, and not somebody at your screen.",
    next_step="Try again, or ask an admin for a link to choose a new one.",
    page="people.md#links",
)
