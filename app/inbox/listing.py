"""The read side: the conversation list, one thread, and the counts on the tabs.

Plain selects over denormalised rows: the number of statements does not depend on the number of
rows. Pages are cut by (place, id), never by an offset.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, joinedload, selectinload

from app.inbox.errors import NotFound
from app.inbox.pages import PAGE, Page, Place, Row
from app.inbox.views import Filter, Order, Ts, View, narrowed, values
from app.models import (
    ChannelAccount,
    ChannelCounter,
    ContactIdentity,
    Conversation,
    Message,
    User,
)

__all__ = [
    "PAGE",
    "Counts",
    "Filter",
    "Page",
    "Place",
    "among",
    "around",
    "conversation",
    "conversations",
    "counts",
    "cut",
    "message",
    "messages",
    "page_query",
    "thread_version",
]
COUNTED = (
    View.MINE,
    View.UNASSIGNED,
    View.ALL,
    View.ENDING,
    View.ATTENTION,
    View.SNOOZED,
)
COUNT_UP_TO = 100
"""Counting stops here: "99+" is all that anybody reads."""
_ONE = (
    select(Conversation)
    .where(
        Conversation.workspace_id == bindparam("workspace_id"),
        Conversation.id == bindparam("id"),
    )
    .options(
        joinedload(Conversation.contact, innerjoin=True),
        joinedload(Conversation.account, innerjoin=True).joinedload(ChannelAccount.integration),
        joinedload(Conversation.identity, innerjoin=True),
        joinedload(Conversation.assignee),
    )
)
# Asked with every thread: put together once, and limits written out, as below.
_PLACE = tuple_(Message.position_at, Message.id)
_GIVEN = tuple_(
    bindparam("place_at", type_=Message.position_at.type),
    bindparam("place_id", type_=Message.id.type),
)
_MESSAGES = (
    select(Message)
    .where(Message.conversation_id == bindparam("conversation_id"))
    .options(
        joinedload(Message.attachments),
        joinedload(Message.author).load_only(User.name),
    )
    .limit(bindparam("most", type_=Integer, literal_execute=True))
)
_NEWEST = _MESSAGES.order_by(Message.position_at.desc(), Message.id.desc())
_PRECEDING = _NEWEST.where(_PLACE < _GIVEN)
_FOLLOWING = _MESSAGES.where(_PLACE > _GIVEN).order_by(Message.position_at, Message.id)


# Accounts are few and their configuration is large: they come in a statement of their own.
_ENTITIES = select(Conversation).options(
    joinedload(Conversation.contact, innerjoin=True),
    joinedload(Conversation.identity, innerjoin=True).load_only(ContactIdentity.value),
    joinedload(Conversation.assignee).load_only(User.name),
    selectinload(Conversation.account).joinedload(ChannelAccount.integration),
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations are unread by channel, and how many each view has, up to 100."""

    unread: Mapping[str, int]
    views: Mapping[View, int]


def conversations(
    session: Session,
    workspace_id: int,
    wanted: Filter,
    *,
    after: Place | None = None,
    limit: int = PAGE,
) -> Page[Conversation]:
    """Return a page of the workspace's conversations in the order of the view.

    Contact, account with integration, identity and assignee come along: no query per row.
    """
    query, given = page_query(_ENTITIES, workspace_id, wanted, after, limit)
    return cut(session.scalars(query, given).all(), wanted.order, limit)


def among(session: Session, workspace_id: int, ids: Collection[int]) -> dict[int, Conversation]:
    """Return those of the workspace's conversations that are among ``ids``, by id."""
    mine = Conversation.workspace_id == workspace_id
    query = _ENTITIES.where(mine, Conversation.id.in_(ids))
    return {one.id: one for one in session.scalars(query)}


def conversation(session: Session, workspace_id: int, conversation_id: int) -> Conversation:
    """Return one conversation of the workspace with its parts. Raises :class:`NotFound`."""
    given = {"workspace_id": workspace_id, "id": conversation_id}
    found = session.scalar(_ONE, given)
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
    given = {"conversation_id": conversation.id, "most": limit + 1}
    if after is not None:
        return _page(session, _FOLLOWING, given | _at(after), limit)
    if before is not None:
        page = _page(session, _PRECEDING, given | _at(before), limit)
    else:
        page = _page(session, _NEWEST, given, limit)
    return Page(list(reversed(page.rows)), page.next)


def around(session: Session, conversation: Conversation, message_id: int) -> Place | None:
    """Return the place before which a page shows a message in its middle.

    None where the newest page shows it, or where the conversation has no such message.
    """
    place = tuple_(Message.position_at, Message.id)
    known = Message.conversation_id == conversation.id
    wanted = select(Message.position_at, Message.id).where(known, Message.id == message_id)
    newer = (
        select(Message.position_at, Message.id)
        .where(known, place > wanted.scalar_subquery())
        .order_by(Message.position_at, Message.id)
        .limit(PAGE // 2)
    )
    found = session.execute(newer).all()
    return Place(*found[-1]) if len(found) == PAGE // 2 else None


def message(session: Session, workspace_id: int, message_id: int) -> Message:
    """Return one message of the workspace. Raises :class:`NotFound`."""
    found = session.scalar(
        select(Message).where(Message.workspace_id == workspace_id, Message.id == message_id)
    )
    if found is None:
        raise NotFound
    return found


def counts(session: Session, workspace_id: int, me: int | None) -> Counts:
    """Return the numbers on tabs and views for the person ``me``, in one statement."""
    found: dict[str, dict[str, int]] = {"channel": {}, "view": {}}
    for row in session.execute(_numbers(), values(workspace_id, me)):
        found[row[0]][row[1]] = row[2]
    return Counts(found["channel"], {View(name): n for name, n in found["view"].items()})


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


# Statements are put together once, which takes longer than asking them: the workspace 0 stands
# for the one that values() names. PostgreSQL plans anew each time where a limit is a parameter: it
# keeps the plan of one that is written out.
@lru_cache(maxsize=256)
def _page_of(rows: Select[*Ts], wanted: Filter, *, is_first: bool) -> Select[*Ts]:
    query = narrowed(rows, 0, wanted)
    if not is_first:
        query = query.where(wanted.order.after())
    most = bindparam("most", type_=Integer, literal_execute=True)
    return query.limit(most)


@cache
def _numbers() -> CompoundSelect[str, str, int]:
    unread = select(
        literal("channel"), ChannelCounter.channel, ChannelCounter.unread_conversations
    ).where(ChannelCounter.workspace_id == bindparam("workspace_id"))
    return union_all(unread, *(_count(view) for view in COUNTED))


def _count(view: View) -> Select[str, str, int]:
    some = narrowed(select(literal(1)).select_from(Conversation), 0, Filter(view=view))
    most = literal(COUNT_UP_TO, literal_execute=True)
    bounded = some.order_by(None).limit(most).subquery()
    return select(literal("view"), literal(str(view)), func.count()).select_from(bounded)


def page_query(
    rows: Select[*Ts], workspace_id: int, wanted: Filter, after: Place | None, limit: int
) -> tuple[Select[*Ts], dict[str, Any]]:
    """Return the statement for a page of conversations, and what to ask it with.

    ``rows`` selects what is read of each conversation. One more than ``limit`` is asked for.
    """
    given = values(workspace_id, wanted.me) | {"most": limit + 1}
    if after is not None:
        given |= wanted.order.values(after)
    return _page_of(rows, replace(wanted, me=None), is_first=after is None), given


def cut(rows: Sequence[Row], order: Order, limit: int) -> Page[Row]:
    """Return what :func:`page_query` found as a page of at most ``limit`` rows."""
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], order.place(last) if last else None)


def _page(
    session: Session, query: Select[Message], given: Mapping[str, int], limit: int
) -> Page[Message]:
    rows = session.scalars(query, given).unique().all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], Place(last.position_at, last.id) if last else None)


def _at(place: Place) -> dict[str, int]:
    return {"place_at": place.position_at, "place_id": place.id}
