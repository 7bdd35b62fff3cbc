"""What stands in the composer when a page is made."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from flask import request

from app.blueprints.converters import read_id
from app.extensions import reader
from app.inbox import listing
from app.inbox.errors import NotFound
from app.models import Conversation, Message
from app.models.states import MessageStatus


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that was not sent yet; ``instead_of`` is the failed message it replaces."""

    text: str
    client_id: str
    instead_of: Message | None


def draft(conversation: Conversation, refused: str) -> Draft:
    """Return what to begin with: what was refused, the text that is edited, or nothing.

    The text of a failed message is edited where the page is asked for with its id as ``edit``.
    """
    edited = _failed(conversation, request.form.get("instead_of") or request.args.get("edit"))
    text = refused or (edited.text or "" if edited else "")
    return Draft(text, str(uuid4()), edited)


def client_id() -> str:
    """Return the id that came with the form; a new one where it is no such id."""
    try:
        return str(UUID(request.form.get("client_id", "")))
    except ValueError:
        return str(uuid4())


def _failed(conversation: Conversation, given: str | None) -> Message | None:
    message_id = read_id(given)
    if message_id is None:
        return None
    try:
        found = listing.message(reader(), conversation.workspace_id, message_id)
    except NotFound:
        return None
    is_ours = found.conversation_id == conversation.id and found.status == MessageStatus.FAILED
    return found if is_ours else None
