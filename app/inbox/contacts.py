"""The people who write, as the workspace knows them over all its accounts."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.inbox import search
from app.inbox.errors import NotFound
from app.models import ChannelAccount, Contact, Conversation

MOST_OTHERS = 20


def find(session: Session, workspace_id: int, contact_id: int) -> Contact:
    """Return a contact of the workspace with its identities. Raises :class:`NotFound`."""
    found = session.scalar(
        select(Contact)
        .where(Contact.workspace_id == workspace_id, Contact.id == contact_id)
        .options(selectinload(Contact.identities))
    )
    if found is None:
        raise NotFound
    return found


def listed(
    session: Session,
    workspace_id: int,
    *,
    q: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Contact]:
    """Return contacts with their identities, newest first.

    ``q`` are words of their names; the last one may be the beginning of a word.
    """
    query = select(Contact).where(Contact.workspace_id == workspace_id)
    if before_id is not None:
        query = query.where(Contact.id < before_id)
    if q:
        found = search.contact_ids(session, workspace_id, q, before=before_id, limit=limit)
        query = query.where(Contact.id.in_(found))
    query = query.options(selectinload(Contact.identities))
    return list(session.scalars(query.order_by(Contact.id.desc()).limit(limit)))


def other_conversations(session: Session, conversation: Conversation) -> list[Conversation]:
    """Return what the contact of ``conversation`` wrote elsewhere, the latest first.

    Account and integration come along.
    """
    query = (
        select(Conversation)
        .where(
            Conversation.workspace_id == conversation.workspace_id,
            Conversation.contact_id == conversation.contact_id,
            Conversation.id != conversation.id,
        )
        .options(joinedload(Conversation.account).joinedload(ChannelAccount.integration))
        .order_by(Conversation.position_at.desc(), Conversation.id.desc())
        .limit(MOST_OTHERS)
    )
    return list(session.scalars(query))
