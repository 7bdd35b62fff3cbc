"""What is done in an open conversation: each a form that leads back to it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.blueprints.access import caller, needs
from app.blueprints.inbox import back_to, conversation_page, do_not_keep, log_in_first
from app.extensions import reader
from app.inbox import listing, triage
from app.inbox import reply as verbs
from app.inbox.errors import Conflict, Refused
from app.installation import current
from app.models import Message
from app.models.database import writing
from app.models.states import Role

bp = Blueprint("thread", __name__, url_prefix="/inbox")
bp.register_error_handler(401, log_in_first)
bp.after_request(do_not_keep)


@bp.post("/<int:conversation_id>/reply")
@needs(Role.AGENT)
def reply(conversation_id: int) -> AnyResponse:
    """Queue an answer; refused ones come back with the reason and the draft."""
    text = request.form.get("text", "").replace("\r\n", "\n")
    client_id = _client_id()
    author = caller().author("inbox")
    try:
        with writing(current().engine) as session:
            verbs.reply(session, author, conversation_id, text, client_id)
    except Refused as refused:
        return _refused(conversation_id, refused, text)
    current().queue.ring_outbound()
    return back_to(conversation_id)


@bp.post("/<int:conversation_id>/read")
@needs(Role.AGENT)
def read(conversation_id: int) -> AnyResponse:
    """Note that the team has read the conversation."""
    with writing(current().engine) as session:
        triage.mark_read(session, triage.locked(session, caller().workspace_id, conversation_id))
    return back_to(conversation_id)


@bp.post("/messages/<int:message_id>/retry")
@needs(Role.AGENT)
def retry(message_id: int) -> AnyResponse:
    """Send a failed or unconfirmed message again."""
    return _decide(verbs.retry, message_id)


@bp.post("/messages/<int:message_id>/discard")
@needs(Role.AGENT)
def discard(message_id: int) -> AnyResponse:
    """Give up a failed or unconfirmed message."""
    return _decide(verbs.give_up, message_id)


def _decide(verb: Callable[[Session, int, int], Message], message_id: int) -> AnyResponse:
    workspace_id = caller().workspace_id
    message = listing.message(reader(), workspace_id, message_id)
    try:
        with writing(current().engine) as session:
            verb(session, workspace_id, message_id)
    except Refused as refused:
        return _refused(message.conversation_id, refused)
    current().queue.ring_outbound()
    return back_to(message.conversation_id)


def _refused(conversation_id: int, refused: Refused, draft: str = "") -> Response:
    status = 409 if isinstance(refused, Conflict) else 422
    return conversation_page(conversation_id, refused.trouble, draft, status)


def _client_id() -> str:
    """Return the id that came with the form; a new one where it is no such id."""
    try:
        return str(UUID(request.form.get("client_id", "")))
    except ValueError:
        return str(uuid4())
