"""The contact of a conversation: its page without a script, and the forms of its panel.

Every form leads back to the conversation; a refused one ends in the contact's page with the
reason, and htmx takes the panel out of either.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.blueprints.access import caller, needs
from app.blueprints.forms import choice
from app.blueprints.inbox import back_to, do_not_keep, log_in_first
from app.blueprints.panel_part import panel_part
from app.blueprints.selection import requested
from app.extensions import reader
from app.inbox import leads, listing, notes
from app.inbox.errors import Conflict, NotFound, Refused, Trouble
from app.inbox.permissions import Permission
from app.installation import current
from app.models import Conversation
from app.models.database import writing
from app.models.states import LeadStage

bp = Blueprint("contacts", __name__, url_prefix="/inbox")
bp.register_error_handler(401, log_in_first)
bp.after_request(do_not_keep)


@bp.get("/<int:conversation_id>/contact")
@needs(Permission.READ_INBOX)
def page(conversation_id: int) -> Response:
    """Show the contact alone; ``notes`` and ``log`` lead to what is older."""
    return _page(_conversation(conversation_id))


@bp.post("/<int:conversation_id>/notes")
@needs(Permission.EDIT_CONTACTS)
def add_note(conversation_id: int) -> AnyResponse:
    """Note something about the contact."""
    found = _conversation(conversation_id)
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        with writing(current().engine) as session:
            notes.add(session, caller().author("inbox"), found.contact_id, text)
    except Refused as refused:
        return _page(found, refused.trouble, text, 422)
    return back_to(conversation_id)


@bp.post("/<int:conversation_id>/notes/<int:note_id>/delete")
@needs(Permission.EDIT_CONTACTS)
def delete_note(conversation_id: int, note_id: int) -> AnyResponse:
    """Take away a note of one's own."""
    found = _conversation(conversation_id)
    with writing(current().engine) as session:
        notes.delete(session, caller().author("inbox"), found.contact_id, note_id)
    return back_to(conversation_id)


@bp.post("/<int:conversation_id>/leads/<int:lead_id>/stage")
@needs(Permission.EDIT_CONTACTS)
def set_stage(conversation_id: int, lead_id: int) -> AnyResponse:
    """Say how far the lead has come."""
    found = _conversation(conversation_id)
    if leads.find(reader(), found.workspace_id, lead_id).contact_id != found.contact_id:
        raise NotFound
    stage = choice("stage", LeadStage)
    try:
        with writing(current().engine) as session:
            leads.set_stage(session, found.workspace_id, lead_id, stage)
    except Conflict as conflict:
        return _page(found, conflict.trouble, status=409)
    return back_to(conversation_id)


def _conversation(conversation_id: int) -> Conversation:
    return listing.conversation(reader(), caller().workspace_id, conversation_id)


def _page(
    found: Conversation, trouble: Trouble | None = None, draft: str = "", status: int = 200
) -> Response:
    part = panel_part(found, requested(), trouble, draft)
    answer = make_response(render_template("contact.html", panel=part))
    answer.status_code = status
    return answer
