"""What is done in an open conversation: each a form that leads back to it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.blueprints import composer, forms, put_away
from app.blueprints.access import caller, needs
from app.blueprints.inbox import back_to, conversation_page, do_not_keep, log_in_first
from app.extensions import reader
from app.inbox import decisions, listing, triage
from app.inbox import reply as verbs
from app.inbox.errors import Conflict, Refused
from app.inbox.permissions import Permission
from app.installation import current
from app.models import Conversation, Message
from app.models.database import writing
from app.models.states import ConversationStatus
from app.present import snoozes

bp = Blueprint("thread", __name__, url_prefix="/inbox")
bp.register_error_handler(401, log_in_first)
bp.after_request(do_not_keep)


@bp.post("/<int:conversation_id>/reply")
@needs(Permission.ANSWER)
def reply(conversation_id: int) -> AnyResponse:
    """Queue an answer; refused ones come back with the reason and the draft."""
    text = request.form.get("text", "").replace("\r\n", "\n")
    author, instead_of = caller().author("inbox"), forms.number("instead_of")
    try:
        with writing(current().engine) as session:
            verbs.reply(session, author, conversation_id, text, composer.client_id(), instead_of)
    except Refused as refused:
        return _refused(conversation_id, refused, text)
    current().queue.ring_outbound()
    return back_to(conversation_id)


@bp.post("/<int:conversation_id>/status")
@needs(Permission.TRIAGE)
def status(conversation_id: int) -> AnyResponse:
    """Say where the work stands: ``status``, for snoozed ones ``until``.

    ``seen`` is the newest message that was on the screen.
    """

    def change(session: Session, found: Conversation) -> None:
        wanted = forms.choice("status", ConversationStatus)
        until = snoozes.chosen(request.form.get("until", ""))
        was_away, unread = found.status in triage.PUT_AWAY, found.unread_count
        triage.set_status(session, found, wanted, until, seen=forms.number("seen"))
        if wanted in triage.PUT_AWAY and not was_away:
            put_away.note(found.id, unread)
        elif wanted is ConversationStatus.OPEN:
            triage.restore_unread(session, found, put_away.take(found.id))

    return _change(conversation_id, change)


@bp.post("/<int:conversation_id>/assign")
@needs(Permission.TRIAGE)
def assign(conversation_id: int) -> AnyResponse:
    """Give the conversation to the colleague ``user_id``; to nobody where it is empty."""

    def change(session: Session, found: Conversation) -> None:
        triage.assign(session, found, forms.number("user_id"))

    return _change(conversation_id, change)


@bp.post("/<int:conversation_id>/read")
@needs(Permission.TRIAGE)
def read(conversation_id: int) -> AnyResponse:
    """Note that the team has read the conversation."""
    return _change(conversation_id, triage.mark_read)


@bp.post("/<int:conversation_id>/unread")
@needs(Permission.TRIAGE)
def unread(conversation_id: int) -> AnyResponse:
    """Note that somebody of the team should look again."""
    return _change(conversation_id, triage.mark_unread)


@bp.post("/messages/<int:message_id>/retry")
@needs(Permission.ANSWER)
def retry(message_id: int) -> AnyResponse:
    """Send a failed or unconfirmed message again."""
    return _decide(decisions.retry, message_id)


@bp.post("/messages/<int:message_id>/discard")
@needs(Permission.ANSWER)
def discard(message_id: int) -> AnyResponse:
    """Give up a message that failed, is unconfirmed or waits."""
    return _decide(decisions.give_up, message_id)


@bp.post("/messages/<int:message_id>/arrived")
@needs(Permission.ANSWER)
def arrived(message_id: int) -> AnyResponse:
    """Settle an unconfirmed message as sent: somebody saw that it arrived."""
    return _decide(decisions.arrived, message_id)


def _change(conversation_id: int, verb: Callable[[Session, Conversation], None]) -> AnyResponse:
    """Change a conversation of the caller's workspace and lead back to it.

    ``verb`` reads the form, so that another workspace's conversation is 404 whatever it says.
    """
    try:
        with writing(current().engine) as session:
            verb(session, triage.locked(session, caller().workspace_id, conversation_id))
    except Refused as refused:
        return _refused(conversation_id, refused)
    return back_to(conversation_id)


def _decide(
    verb: Callable[[Session, int, int, int | None], Message], message_id: int
) -> AnyResponse:
    who = caller().author("inbox")
    message = listing.message(reader(), who.workspace_id, message_id)
    try:
        with writing(current().engine) as session:
            verb(session, who.workspace_id, message_id, who.user_id)
    except Refused as refused:
        return _refused(message.conversation_id, refused)
    current().queue.ring_outbound()
    return back_to(message.conversation_id)


def _refused(conversation_id: int, refused: Refused, draft: str = "") -> Response:
    status = 409 if isinstance(refused, Conflict) else 422
    return conversation_page(conversation_id, refused.trouble, draft, status)
