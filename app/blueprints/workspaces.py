"""Workspaces: choosing one, naming it, making another."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.blueprints.access import WORKSPACE_KEY, caller, needs
from app.blueprints.forms import field
from app.extensions import limiter
from app.inbox import members, people
from app.inbox.errors import Refused, Trouble
from app.inbox.permissions import Permission
from app.installation import current
from app.locale import gettext as _
from app.models import Workspace
from app.models.database import writing
from app.models.states import Role

bp = Blueprint("workspaces", __name__)


@bp.get("/settings/workspaces")
@needs(Permission.MANAGE_WORKSPACE)
def page(trouble: Trouble | None = None, part: str = "") -> str:
    """Show the name of this workspace, and to the operator a form for another."""
    return render_template("workspaces.html", trouble=trouble, part=part, form=request.form)


@bp.post("/settings/workspaces/name")
@needs(Permission.MANAGE_WORKSPACE)
def rename() -> Response | tuple[str, int]:
    """Give this workspace another name."""
    try:
        with writing(current().engine) as writer:
            workspace = writer.get_one(Workspace, caller().workspace_id)
            members.rename_workspace(writer, workspace, field("name"))
    except Refused as refused:
        return page(refused.trouble, "name"), 422
    flash(_("Saved."))
    return redirect(url_for("workspaces.page"), 303)


@bp.post("/settings/workspaces")
@needs(Permission.OPERATE)
@limiter.limit("30/minute")
def create() -> Response | tuple[str, int]:
    """Make a workspace with the caller as its admin, and lead into it."""
    user = caller().user
    assert user is not None  # noqa: S101 - no token operates
    try:
        with writing(current().engine) as writer:
            workspace = members.make_workspace(writer, field("name"))
            people.join(writer, workspace.id, user.id, Role.ADMIN)
    except Refused as refused:
        return page(refused.trouble, "new"), 422
    session[WORKSPACE_KEY] = workspace.id
    flash(_("This is “%(name)s” now. Nobody else is in it yet.", name=workspace.name))
    return redirect(url_for("people.page"), 303)


@bp.post("/workspaces/<int:workspace_id>/switch")
@needs(Permission.READ_INBOX)
def switch(workspace_id: int) -> Response:
    """Go on in another workspace of the caller's: in the settings, where it was done there."""
    if workspace_id not in {one.id for one in caller().workspaces}:
        abort(404)
    session[WORKSPACE_KEY] = workspace_id
    section = request.form.get("section")
    target = url_for("settings.first", section=section) if section else url_for("inbox.inbox")
    return redirect(target, 303)
