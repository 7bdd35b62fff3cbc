"""The read side of one open conversation: whether it changed, and its newest messages."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.inbox import listing
from app.inbox.errors import NotFound
from app.inbox.pages import Page, Place
from app.models import ChannelAccount, Conversation, Integration, Message

BEGINNING = Place(0, 0)
"""Before the first message: nothing older is left to show."""
MOST = 200
"""How long the part of a thread that is kept up to date may grow."""

# Asked with every poll: put together once.
_STATE = (
    select(
        Conversation.version,
        Conversation.channel,
        Conversation.window_opened_at,
        Integration.updated_at,
    )
    .join(Conversation.account)
    .outerjoin(ChannelAccount.integration)
    .where(
        Conversation.workspace_id == bindparam("workspace_id"),
        Conversation.id == bindparam("id"),
    )
)


class State(NamedTuple):
    """What decides whether a thread looks the same.

    That is its version, its window's clock, and when its connection was changed.
    """

    version: int
    channel: str
    window_opened_at: datetime | None
    connection_at: datetime | None


def state(session: Session, workspace_id: int, conversation_id: int) -> State:
    """Return what a poll asks first. Raises :class:`NotFound`."""
    given = {"workspace_id": workspace_id, "id": conversation_id}
    found = session.execute(_STATE, given).one_or_none()
    if found is None:
        raise NotFound
    return State(*found)


def newest(session: Session, conversation: Conversation, since: Place | None) -> Page[Message]:
    """Return the messages from ``since`` on, oldest first; ``next`` is where older ones end.

    Without ``since``, and where they have become too many, it is the newest page.
    """
    if since is not None:
        onward = Place(since.position_at, since.id - 1)
        found = listing.messages(session, conversation, after=onward, limit=MOST)
        if found.rows and found.next is None:
            return Page(found.rows, None if since == BEGINNING else since)
    return listing.messages(session, conversation)
