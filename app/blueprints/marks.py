"""Opening a conversation moves the reader's own mark, and nothing of the team's."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from app.blueprints.access import caller
from app.extensions import reader
from app.inbox import reads
from app.installation import current
from app.models import Conversation
from app.models.database import writing


def mark_of(conversation: Conversation) -> int | None:
    """Return how far the caller has read a conversation, None for one they never opened."""
    user = caller().user
    return reads.marks(reader(), user.id, [conversation.id]).get(conversation.id) if user else None


def note_read(conversation: Conversation, mark: int | None) -> None:
    """Note that the caller, who had read up to ``mark``, sees the newest message.

    A database that takes no write just now stops nobody from reading: a dot stays, that is all.
    """
    found = caller()
    if found.user is None or (mark is not None and mark >= conversation.position_at):
        return
    try:
        with writing(current().engine) as session:
            reads.catch_up(session, found.workspace_id, found.user.id, conversation.id)
    except OperationalError:
        return
