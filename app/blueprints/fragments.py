"""The parts of the inbox page that browsers poll. Nothing new is an empty 304."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from app import htmx
from app.blueprints import parts, tags, watch
from app.blueprints.access import caller, needs
from app.blueprints.converters import read_id
from app.blueprints.marks import mark_of, note_read
from app.blueprints.panel_part import panel_part, panel_tag
from app.blueprints.selection import requested, requested_place
from app.blueprints.thread_part import tag_of, thread_part
from app.extensions import limiter, reader
from app.inbox import listing
from app.inbox import thread as threads
from app.inbox.permissions import Permission

bp = Blueprint("fragments", __name__, url_prefix="/inbox")
limiter.exempt(bp)


@bp.get("/list")
@needs(Permission.READ_INBOX)
def conversations() -> Response:
    """Return the list and the numbers on the views; ``open`` is what is shown beside it."""
    selection = requested()
    open_id = read_id(request.args.get("open"))
    tag = parts.list_tag(tags.viewer(), caller().workspace.version, selection, open_id)
    if same := tags.unchanged(tag):
        return same
    shown, told = parts.list_part(selection, open_id), watch.banners(caller())
    return _fragment(render_template("_list_and_views.html", list=shown, alerts=told), tag)


@bp.get("/<int:conversation_id>/thread")
@needs(Permission.READ_INBOX)
def thread(conversation_id: int) -> Response:
    """Return what is above the composer: who, how long left, the messages from ``since`` on."""
    conversation = listing.conversation(reader(), caller().workspace_id, conversation_id)
    if same := tags.unchanged(tag_of(conversation)):
        return same
    note_read(conversation, mark_of(conversation))
    part = thread_part(conversation, requested(), None, requested_place("since"))
    return _fragment(render_template("_thread.html", thread=part), part.tag)


@bp.get("/<int:conversation_id>/older")
@needs(Permission.READ_INBOX)
def older(conversation_id: int) -> str:
    """Return the messages before ``before``, to stand above those that are shown."""
    conversation = listing.conversation(reader(), caller().workspace_id, conversation_id)
    before = requested_place("before") or abort(404)
    part = thread_part(conversation, requested(), before)
    return render_template("_older.html", thread=part)


@bp.get("/<int:conversation_id>/panel")
@needs(Permission.READ_INBOX)
def panel(conversation_id: int) -> Response:
    """Return what is told of the contact; ``notes`` and ``log`` lead to what is older."""
    state = threads.state(reader(), caller().workspace_id, conversation_id)
    tag = panel_tag(tags.viewer(), conversation_id, state.version)
    if same := tags.unchanged(tag):
        return same
    conversation = listing.conversation(reader(), caller().workspace_id, conversation_id)
    part = panel_part(conversation, requested())
    return _fragment(render_template("_panel.html", panel=part), tag)


@bp.errorhandler(401)
def log_in_again(_error: HTTPException) -> Response:
    """Send the page that polls to the login, and back afterwards."""
    return htmx.open_page(url_for("auth.login", next=htmx.current_path()), 401)


@bp.after_request
def do_not_keep(response: Response) -> Response:
    """Keep what customers write out of every cache."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _fragment(html: str, tag: str) -> Response:
    response = make_response(html)
    response.headers[tags.TAG_HEADER] = tag
    return response
