"""The short way for polls: whether there is something new, without drawing any of it.

The same question as in :mod:`app.blueprints.fragments`, with the same tags, answered from one
statement: every poll learns anew who asks, so a session that has ended is not answered here.
A view returns the tag that the browser holds already. Whatever else there is to do or to say
ends in an ``abort``, which leads inside.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, request, session

from app.blueprints import parts, tags
from app.blueprints.access import VERSION_KEY, WORKSPACE_KEY
from app.blueprints.converters import read_id
from app.blueprints.panel_part import panel_tag
from app.blueprints.selection import requested
from app.blueprints.thread_part import thread_tag
from app.inbox import permissions, tokens
from app.inbox.permissions import Permission
from app.inbox.standing import Standing, standing
from app.inbox.thread import State
from app.installation import current
from app.locale import language_for, select_zone
from app.models.states import Role

USER_KEY = "_user_id"
"""Where Flask-Login keeps who is logged in."""

bp = Blueprint("quiet", __name__, url_prefix="/inbox")


@bp.get("/list")
def conversations() -> str:
    """Return the tag where the list is the same."""
    selection, open_id = requested(), read_id(request.args.get("open"))
    found = _standing(None)
    tag = parts.list_tag(_viewer(found), found.version, selection, open_id)
    return _held(tag)


@bp.get("/<int:conversation_id>/thread")
def thread(conversation_id: int) -> str:
    """Return the tag where the thread is the same."""
    return _beside(conversation_id, lambda who, state: thread_tag(who, conversation_id, state))


@bp.get("/<int:conversation_id>/panel")
def panel(conversation_id: int) -> str:
    """Return the tag where the panel is the same."""
    return _beside(
        conversation_id, lambda who, state: panel_tag(who, conversation_id, state.version)
    )


def _beside(conversation_id: int, tag_of: Callable[[tags.Viewer, State], str]) -> str:
    found = _standing(conversation_id)
    state = found.state or abort(404)
    return _held(tag_of(_viewer(found), state))


def _held(tag: str) -> str:
    return tag if tags.is_held(tag) else abort(404)


def _standing(conversation_id: int | None) -> Standing:
    """Return how the person of the session stands; aborts where more must be done, or refused."""
    if USER_KEY not in session:
        abort(401)
    found = standing(
        current().standing, int(session[USER_KEY]), session.get(WORKSPACE_KEY), conversation_id
    )
    if found is None or found.session_version != session.get(VERSION_KEY, 0):
        abort(401)
    may_read = Permission.READ_INBOX in permissions.of(Role(found.role))
    if not may_read or tokens.is_due(found.seen_at):
        abort(403)
    return found


def _viewer(found: Standing) -> tags.Viewer:
    return tags.Viewer(
        workspace_id=found.workspace_id,
        user_id=int(session[USER_KEY]),
        role=Role(found.role),
        language=language_for(found.locale),
        zone=select_zone(),
    )
