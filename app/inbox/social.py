"""One channel's accounts and messages, named by our ids or by Meta's.

An id that is one of ours is ours; any other is taken for Meta's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select, tuple_, union_all
from sqlalchemy.orm import Session, joinedload, selectinload

from app.inbox.errors import NotFound
from app.inbox.ingest.people import IDENTITY_KIND, scope_of
from app.inbox.listing import PAGE, Place
from app.models import ChannelAccount, Contact, ContactIdentity, Conversation, Message

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Line:
    """A message, and the customer it was exchanged with as the account knows them."""

    message: Message
    contact: Contact
    identity: ContactIdentity


@dataclass(frozen=True, slots=True)
class Lines:
    """Some messages, newest first, and the place before which older ones end (None: no more)."""

    rows: Sequence[Line]
    next: Place | None


def accounts(session: Session, workspace_id: int, channel: str) -> list[ChannelAccount]:
    """Return the workspace's accounts on a channel with integration and ids, oldest first.

    Accounts that were disconnected are among them: their messages stay.
    """
    query = (
        select(ChannelAccount)
        .where(ChannelAccount.workspace_id == workspace_id, ChannelAccount.channel == channel)
        .options(selectinload(ChannelAccount.addresses), joinedload(ChannelAccount.integration))
    )
    return list(session.scalars(query.order_by(ChannelAccount.id)))


def is_connected(account: ChannelAccount) -> bool:
    """Say whether an integration speaks for the account, enabled or not."""
    return account.integration is not None and account.integration.deleted_at is None


def named(among: Sequence[ChannelAccount], wanted: str) -> ChannelAccount:
    """Return the account with this id. Raises :class:`NotFound`."""
    ours = [one for one in among if str(one.id) == wanted]
    metas = [one for one in among if wanted in {known.external_id for known in one.addresses}]
    for found in (*ours, *metas):
        return found
    raise NotFound


def threads(session: Session, among: Sequence[ChannelAccount], wanted: str) -> list[int]:
    """Return the ids of the conversations of these accounts that ``wanted`` names.

    It is a conversation's id, or the customer's id at Meta. Raises :class:`NotFound`.
    """
    own = thread(session, among, wanted)
    found = [own] if own is not None else threads_with(session, among, wanted)
    if not found:
        raise NotFound
    return found


def thread(session: Session, among: Sequence[ChannelAccount], wanted: str) -> int | None:
    """Return ``wanted`` as the id of a conversation of these accounts, None where it is none."""
    if not (wanted.isascii() and wanted.isdigit() and int(wanted) <= _LARGEST):
        return None
    query = select(Conversation.id).where(Conversation.id == int(wanted), _is_of(among))
    return session.scalar(query)


def threads_with(session: Session, among: Sequence[ChannelAccount], person: str) -> list[int]:
    """Return the ids of the conversations with whom these accounts know as ``person``."""
    query = (
        select(Conversation.id)
        .join(ContactIdentity, Conversation.identity_id == ContactIdentity.id)
        .where(
            _is_of(among),
            ContactIdentity.workspace_id.in_({one.workspace_id for one in among}),
            ContactIdentity.scope.in_([scope_of(one.id) for one in among]),
            ContactIdentity.kind == IDENTITY_KIND,
            ContactIdentity.value == person,
        )
    )
    return list(session.scalars(query.order_by(Conversation.id)))


def messages(
    session: Session,
    among: Sequence[ChannelAccount],
    conversation_ids: Sequence[int] | None = None,
    *,
    before: Place | None = None,
    limit: int = PAGE,
) -> Lines:
    """Return a page of the messages of these accounts, newest first.

    ``conversation_ids``, those of :func:`threads`, keeps to some of their conversations.
    """
    if conversation_ids is None:
        parts = [Message.account_id == one.id for one in among]
    else:
        parts = [Message.conversation_id == one for one in conversation_ids]
    if not parts:
        return Lines([], None)
    newest = _newest(parts, before, limit + 1).subquery()
    query = (
        select(Message, Contact, ContactIdentity)
        .join(Conversation, Message.conversation_id == Conversation.id)
        .join(Contact, Conversation.contact_id == Contact.id)
        .join(ContactIdentity, Conversation.identity_id == ContactIdentity.id)
        .join(newest, newest.c.id == Message.id)
        .options(selectinload(Message.attachments), joinedload(Message.author))
        .order_by(Message.position_at.desc(), Message.id.desc())
    )
    rows = [Line(*row) for row in session.execute(query)]
    last = rows[limit - 1].message if len(rows) > limit else None
    return Lines(rows[:limit], Place(last.position_at, last.id) if last else None)


def _newest(parts: list[ColumnElement[bool]], before: Place | None, limit: int) -> Select[int]:
    """Return the ids of the newest messages of all parts: each part is read from its index."""
    place = tuple_(Message.position_at, Message.id)
    older = [] if before is None else [place < before]
    newest = [
        select(Message.id, Message.position_at)
        .where(part, *older)
        .order_by(Message.position_at.desc(), Message.id.desc())
        .limit(limit)
        .subquery()
        for part in parts
    ]
    every = union_all(*(select(one.c.id, one.c.position_at) for one in newest)).subquery()
    order = every.c.position_at.desc(), every.c.id.desc()
    return select(every.c.id).order_by(*order).limit(limit)


def _is_of(among: Sequence[ChannelAccount]) -> ColumnElement[bool]:
    return Conversation.account_id.in_([one.id for one in among])
