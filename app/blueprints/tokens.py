"""The keys of programs: listed, made, revoked."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.blueprints import once
from app.blueprints.access import caller, needs
from app.blueprints.forms import choice, field
from app.extensions import limiter, reader
from app.inbox import tokens
from app.inbox.errors import Refused, Trouble
from app.inbox.permissions import Permission, may_grant
from app.installation import current
from app.locale import gettext as _
from app.models import Workspace
from app.models.database import writing
from app.models.states import Role

bp = Blueprint("tokens", __name__, url_prefix="/settings/tokens")

SECRET = "token"  # noqa: S105 - the kind of secret, not one
NEVER = ""


@bp.get("")
@needs(Permission.MANAGE_TOKENS)
def page(trouble: Trouble | None = None) -> str:
    """List the tokens of the workspace, with a form for one more."""
    me = caller()
    return render_template(
        "tokens.html",
        tokens=tokens.listed(reader(), me.workspace_id),
        state=tokens.state,
        roles=[role for role in Role if may_grant(me.role, role)],
        lifetimes=tokens.LIFETIMES,
        secret=once.take(SECRET),
        trouble=trouble,
        form=request.form,
    )


@bp.post("")
@needs(Permission.MANAGE_TOKENS)
@limiter.limit("30/minute")
def create() -> Response | tuple[str, int]:
    """Make a token; the page that follows shows it, once."""
    me, role, days = caller(), choice("role", Role), _days()
    assert me.user is not None  # noqa: S101 - no token opens a page
    try:
        with writing(current().engine) as session:
            workspace = session.get_one(Workspace, me.workspace_id)
            token = tokens.make_token(
                session, workspace, field("name"), role, days=days, maker=(me.user, me.role)
            )
    except Refused as refused:
        return page(refused.trouble), 422
    once.keep(SECRET, token, field("name").strip()[: tokens.MAX_NAME])
    return redirect(url_for("tokens.page"), 303)


@bp.post("/<int:token_id>/revoke")
@needs(Permission.MANAGE_TOKENS)
def revoke(token_id: int) -> Response:
    """Make a token worthless from now on."""
    with writing(current().engine) as session:
        token = tokens.revoke(session, caller().workspace_id, token_id)
    flash(
        _("“%(name)s” is revoked. Programs that use it are refused from now on.", name=token.name)
    )
    return redirect(url_for("tokens.page"), 303)


def _days() -> int | None:
    chosen = field("days")
    if chosen not in {NEVER, *map(str, tokens.LIFETIMES)}:
        abort(400)
    return int(chosen) if chosen else None
