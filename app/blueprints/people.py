"""The colleagues of the workspace: listed, added, given roles, deactivated, let in again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.blueprints import once
from app.blueprints.access import caller, needs
from app.blueprints.filters import role_name
from app.blueprints.forms import choice, field
from app.extensions import limiter, reader
from app.inbox import people
from app.inbox.errors import Refused, Trouble
from app.inbox.people import Added
from app.inbox.permissions import Permission
from app.installation import current
from app.locale import gettext as _
from app.models.database import writing
from app.models.states import Role

bp = Blueprint("people", __name__, url_prefix="/settings/people")

LINK = "welcome"


@bp.get("")
@needs(Permission.SEE_PEOPLE)
def page(trouble: Trouble | None = None) -> str:
    """List the colleagues, with a form for one more where the caller may add them."""
    return render_template(
        "people.html",
        places=people.listed(reader(), caller().workspace_id),
        link=once.take(LINK),
        roles=Role,
        trouble=trouble,
        form=request.form,
    )


@bp.post("")
@needs(Permission.MANAGE_PEOPLE)
@limiter.limit("30/minute")
def add() -> Response | tuple[str, int]:
    """Add a colleague; the page that follows shows their link, where they need one."""
    role = choice("role", Role)
    try:
        with writing(current().engine) as session:
            workspace_id = caller().workspace_id
            added = people.add(session, workspace_id, field("email"), field("name"), role)
    except Refused as refused:
        return page(refused.trouble), 422
    if not _show_link(added):
        flash(
            _(
                "%(name)s has a login on this installation already, and belongs to this "
                "workspace now too. The password stays as it is.",
                name=added.user.name,
            )
        )
    return redirect(url_for("people.page"), 303)


@bp.get("/<int:user_id>")
@needs(Permission.MANAGE_PEOPLE)
def person(user_id: int, trouble: Trouble | None = None) -> str:
    """Show one colleague and what can be changed about them."""
    return render_template(
        "person.html",
        place=people.find(reader(), caller().workspace_id, user_id),
        link=once.take(LINK),
        roles=Role,
        trouble=trouble,
    )


@bp.post("/<int:user_id>/role")
@needs(Permission.MANAGE_PEOPLE)
def change_role(user_id: int) -> Response | tuple[str, int]:
    """Give a colleague another role."""
    people.find(reader(), caller().workspace_id, user_id)
    role = choice("role", Role)
    try:
        with writing(current().engine) as session:
            place = people.change_role(session, caller().workspace_id, user_id, role)
    except Refused as refused:
        return person(user_id, refused.trouble), 422
    flash(_("%(name)s is %(role)s now.", name=place.user.name, role=role_name(role)))
    return _back(user_id)


@bp.post("/<int:user_id>/deactivate")
@needs(Permission.MANAGE_PEOPLE)
def deactivate(user_id: int) -> Response | tuple[str, int]:
    """Close a colleague's place in this workspace."""
    try:
        with writing(current().engine) as session:
            place = people.deactivate(session, caller().workspace_id, user_id)
    except Refused as refused:
        return person(user_id, refused.trouble), 422
    flash(
        _(
            "%(name)s can no longer open this workspace. What was assigned to them stays so.",
            name=place.user.name,
        )
    )
    return _back(user_id)


@bp.post("/<int:user_id>/reactivate")
@needs(Permission.MANAGE_PEOPLE)
def reactivate(user_id: int) -> Response:
    """Open a colleague's place again."""
    with writing(current().engine) as session:
        place = people.reactivate(session, caller().workspace_id, user_id)
    flash(_("%(name)s can open this workspace again.", name=place.user.name))
    return _back(user_id)


@bp.post("/<int:user_id>/link")
@needs(Permission.MANAGE_PEOPLE)
@limiter.limit("30/minute")
def make_link(user_id: int) -> Response | tuple[str, int]:
    """Make a link with which a colleague chooses a new password."""
    me = caller()
    try:
        with writing(current().engine) as session:
            added = people.make_link(session, me.workspace_id, user_id, by_operator=me.is_operator)
    except Refused as refused:
        return person(user_id, refused.trouble), 422
    _show_link(added)
    return _back(user_id)


def _show_link(added: Added) -> bool:
    if added.code is None:
        return False
    path = url_for("welcome.page", code=added.code)
    once.keep(LINK, current().settings.base_url + path, added.user.name)
    return True


def _back(user_id: int) -> Response:
    me = caller().user
    if me and me.id == user_id:  # who may no longer see this page after what they did
        return redirect(url_for("settings.first"), 303)
    return redirect(url_for("people.person", user_id=user_id), 303)
