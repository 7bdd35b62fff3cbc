"""The API of conversations and their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from app import clock
from app.blueprints import api_access
from app.blueprints.access import caller, needs
from app.blueprints.answering import answered, refuse
from app.blueprints.contracts import describe
from app.blueprints.exchange import answer, read_body, read_cursor, read_query, write_cursor
from app.blueprints.schemas import ConversationOut, ConversationPage, MessageOut, MessagePage
from app.blueprints.schemas_deliveries import DeliveryOut
from app.blueprints.schemas_input import (
    ConversationPatch,
    ConversationQuery,
    PageQuery,
    ReplyInput,
)
from app.extensions import reader
from app.inbox import decisions, listing, search, timeline, triage
from app.inbox.permissions import Permission
from app.installation import current
from app.models.database import writing
from app.models.states import ConversationStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from app.models import Conversation, Message

bp = api_access.blueprint("api_conversations", __name__, "/api")

BEGINNING = listing.Place(-(2**63), 0)
"""Before the first message of any conversation."""


@bp.get("/inbox/conversations")
@describe({200: ConversationPage}, query=ConversationQuery)
@needs(Permission.READ_INBOX)
def index() -> Response:
    """Return a page of conversations: the newest message first, with ``q`` the newest match."""
    query = read_query(ConversationQuery)
    place = read_cursor(query.cursor, 2)
    page = search.listed(
        reader(),
        caller().workspace_id,
        query.filter(caller().user),
        query.q,
        after=listing.Place(*place) if place else None,
        limit=query.limit,
    )
    now = clock.now()
    items = [ConversationOut.of(row, now) for row in page.rows]
    return answer(ConversationPage(items=items, next_cursor=write_cursor(page.next)))


@bp.get("/inbox/conversations/<int:conversation_id>")
@describe({200: ConversationOut})
@needs(Permission.READ_INBOX)
def show(conversation_id: int) -> Response:
    """Return one conversation."""
    found = listing.conversation(reader(), caller().workspace_id, conversation_id)
    return answer(ConversationOut.of(found, clock.now()))


@bp.patch("/inbox/conversations/<int:conversation_id>")
@describe({200: ConversationOut}, body=ConversationPatch)
@needs(Permission.TRIAGE)
def change(conversation_id: int) -> Response:
    """Change status, assignee, or mark as read; all that is asked for or nothing."""
    workspace_id = caller().workspace_id
    listing.thread_version(reader(), workspace_id, conversation_id)
    patch = read_body(ConversationPatch)
    with writing(current().engine) as session:
        _apply(session, triage.locked(session, workspace_id, conversation_id), patch)
        found = listing.conversation(session, workspace_id, conversation_id)
        shown = ConversationOut.of(found, clock.now())
    return answer(shown)


@bp.get("/inbox/conversations/<int:conversation_id>/messages")
@describe({200: MessagePage}, query=PageQuery)
@needs(Permission.READ_INBOX)
def messages(conversation_id: int) -> Response:
    """Return a page of messages, oldest first; ``next_cursor`` leads to the newer ones."""
    found = listing.conversation(reader(), caller().workspace_id, conversation_id)
    query = read_query(PageQuery)
    place = read_cursor(query.cursor, 2)
    page = listing.messages(
        reader(),
        found,
        after=listing.Place(*place) if place else BEGINNING,
        limit=query.limit,
    )
    items = [MessageOut.of(row) for row in page.rows]
    return answer(MessagePage(items=items, next_cursor=write_cursor(page.next)))


@bp.post("/inbox/conversations/<int:conversation_id>/reply")
@describe({202: MessageOut, 200: MessageOut}, body=ReplyInput, problems=(409,))
@needs(Permission.ANSWER)
def reply(conversation_id: int) -> Response:
    """Queue an answer: 202 with the message, 200 where this client_id was here before."""
    author = caller().author("api")
    listing.thread_version(reader(), author.workspace_id, conversation_id)
    given = read_body(ReplyInput)
    refuse(given.not_yet_sendable())
    return answered(author, conversation_id, given.text, given.client_id)


@bp.post("/messages/<int:message_id>/retry")
@describe({200: MessageOut}, problems=(409, 422))
@needs(Permission.ANSWER)
def retry(message_id: int) -> Response:
    """Send a failed or unconfirmed message again.

    422 where the window is closed, the channel is switched off, or a program wrote the message
    and only a person may answer now.
    """
    return _decide(decisions.retry, message_id)


@bp.post("/messages/<int:message_id>/discard")
@describe({200: MessageOut}, problems=(409,))
@needs(Permission.ANSWER)
def discard(message_id: int) -> Response:
    """Give a message up that failed, is unconfirmed, or waits and its call has not begun."""
    return _decide(decisions.give_up, message_id)


@bp.post("/messages/<int:message_id>/arrived")
@describe({200: MessageOut}, problems=(409,))
@needs(Permission.ANSWER)
def arrived(message_id: int) -> Response:
    """Settle an unconfirmed message as sent: somebody saw that it arrived."""
    return _decide(decisions.arrived, message_id)


@bp.get("/messages/<int:message_id>/deliveries")
@describe({200: DeliveryOut})
@needs(Permission.READ_INBOX)
def deliveries(message_id: int) -> Response:
    """Return how the sending of a message went: every try, and what settled it."""
    found = timeline.timeline(reader(), caller().workspace_id, message_id)
    return answer(DeliveryOut.of(found))


def _decide(verb: Callable[[Session, int, int, int | None], Message], message_id: int) -> Response:
    who = caller().author("api")
    with writing(current().engine) as session:
        message = verb(session, who.workspace_id, message_id, who.user_id)
        shown = MessageOut.of(message)
    current().queue.ring_outbound()
    return answer(shown)


def _apply(session: Session, conversation: Conversation, patch: ConversationPatch) -> None:
    given = patch.model_fields_set
    if given & {"status", "snoozed_until"}:
        status = patch.status or ConversationStatus(conversation.status)
        triage.set_status(session, conversation, status, patch.snoozed_until)
    if "assignee_id" in given:
        triage.assign(session, conversation, patch.assignee_id)
    if patch.read:
        triage.mark_read(session, conversation)
