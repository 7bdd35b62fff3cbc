"""The read side: the conversation list, one thread, and the counts on the tabs.

Plain selects over denormalised rows: the number of statements does not depend on the number of
rows. Pages are cut by (place, id), never by an offset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from app.inbox.errors import NotFound
from app.models import (
    ChannelAccount,
    ChannelCounter,
    Contact,
    Conversation,
    Message,
)
from app.models.states import ConversationStatus

PAGE = 50


class Place(NamedTuple):
    """A place in a list: a message's or conversation's ``position_at`` in ms, and its id."""

    position_at: int
    id: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations a list shows; None leaves a part open.

    ``status`` None leaves archived ones out. ``assignee`` is "none" or a user's id as text.
    """

    channel: str | None = None
    status: str | None = None
    assignee: str | None = None
    q: str | None = None


Row = TypeVar("Row", Conversation, Message)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the place after which the next page begins (None: there is none)."""

    rows: Sequence[Row]
    next: Place | None


def conversations(
    session: Session,
    workspace_id: int,
    wanted: Filter,
    *,
    after: Place | None = None,
    limit: int = PAGE,
) -> Page[Conversation]:
    """Return a page of the workspace's conversations, the one with the newest message first.

    Contact, account with integration, identity and assignee come along: no query per row.
    """
    query = _with_parts(select(Conversation).where(Conversation.workspace_id == workspace_id))
    query = _narrowed(query, wanted)
    place = tuple_(Conversation.position_at, Conversation.id)
    if after is not None:
        query = query.where(place < after)
    query = query.order_by(Conversation.position_at.desc(), Conversation.id.desc())
    rows = session.scalars(query.limit(limit + 1)).all()
    return _page(rows, limit)


def conversation(session: Session, workspace_id: int, conversation_id: int) -> Conversation:
    """Return one conversation of the workspace with its parts. Raises :class:`NotFound`."""
    query = _with_parts(
        select(Conversation).where(
            Conversation.workspace_id == workspace_id, Conversation.id == conversation_id
        )
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def messages(
    session: Session,
    conversation: Conversation,
    *,
    before: Place | None = None,
    after: Place | None = None,
    limit: int = PAGE,
) -> Page[Message]:
    """Return a page of a conversation's messages, oldest first.

    Without ``after`` it is the newest page, or the page before ``before``, and ``next`` is where
    the older ones end; with ``after`` it is the page that follows.
    """
    place = tuple_(Message.position_at, Message.id)
    query = (
        select(Message)
        .where(Message.conversation_id == conversation.id)
        .options(selectinload(Message.attachments), joinedload(Message.author))
    )
    if after is not None:
        onward = query.where(place > after).order_by(Message.position_at, Message.id)
        return _page(session.scalars(onward.limit(limit + 1)).all(), limit)
    if before is not None:
        query = query.where(place < before)
    backward = query.order_by(Message.position_at.desc(), Message.id.desc())
    page = _page(session.scalars(backward.limit(limit + 1)).all(), limit)
    return Page(list(reversed(page.rows)), page.next)


def message(session: Session, workspace_id: int, message_id: int) -> Message:
    """Return one message of the workspace. Raises :class:`NotFound`."""
    found = session.scalar(
        select(Message).where(Message.workspace_id == workspace_id, Message.id == message_id)
    )
    if found is None:
        raise NotFound
    return found


def unread_counts(session: Session, workspace_id: int) -> dict[str, int]:
    """Return how many conversations have unread messages, by channel."""
    query = select(ChannelCounter.channel, ChannelCounter.unread_conversations).where(
        ChannelCounter.workspace_id == workspace_id
    )
    return {channel: count for channel, count in session.execute(query)}  # noqa: C416 - rows


def thread_version(session: Session, workspace_id: int, conversation_id: int) -> int:
    """Return the number that rises with every change to the thread. Raises NotFound."""
    version = session.scalar(
        select(Conversation.version).where(
            Conversation.workspace_id == workspace_id, Conversation.id == conversation_id
        )
    )
    if version is None:
        raise NotFound
    return version


def _narrowed(query: Select[Conversation], wanted: Filter) -> Select[Conversation]:
    if wanted.channel is not None:
        query = query.where(Conversation.channel == wanted.channel)
    if wanted.status is not None:
        query = query.where(Conversation.status == wanted.status)
    else:
        query = query.where(Conversation.status != ConversationStatus.ARCHIVED)
    if wanted.assignee == "none":
        query = query.where(Conversation.assignee_id.is_(None))
    elif wanted.assignee is not None:
        query = query.where(Conversation.assignee_id == int(wanted.assignee))
    if wanted.q:
        pattern = f"%{_escaped(wanted.q)}%"
        named = Contact.name.ilike(pattern, escape="\\")
        query = query.where(or_(named, Contact.username.ilike(pattern, escape="\\")))
    return query


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _with_parts(query: Select[Conversation]) -> Select[Conversation]:
    return (
        query.join(Conversation.contact)
        .join(Conversation.account)
        .outerjoin(ChannelAccount.integration)
        .options(
            contains_eager(Conversation.contact),
            contains_eager(Conversation.account).contains_eager(ChannelAccount.integration),
            joinedload(Conversation.identity),
            joinedload(Conversation.assignee),
        )
    )


def _page(rows: Sequence[Row], limit: int) -> Page[Row]:
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], Place(last.position_at, last.id) if last else None)
