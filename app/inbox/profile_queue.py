"""Whose profile is to be asked for next: a contact says when its own is due.

That is as soon as it is made, and again when the person writes and what is known is old.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Executable, FromClause, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.inbox.keyring import Keyring
from app.models import ChannelAccount, Contact, Conversation, Integration
from app.models.bulk import ids, run_with_ids

OLD = timedelta(days=7)
"""What is known of a person who writes after this time is asked for again."""
OLD_AND_NAMELESS = timedelta(hours=1)
UNTIL_CONNECTED = timedelta(minutes=30)
"""How long people of an integration that cannot be asked wait for it."""
MOST_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Due:
    """A contact whose profile is to be asked for, and of whom."""

    contact_id: int
    workspace_id: int
    channel: str
    person: str
    tries: int
    integration: Integration


def due(session: Session, keyring: Keyring) -> tuple[list[Due], list[int]]:
    """Return people whose profile is due, the latest first, and contacts who cannot be asked for.

    Those are of an integration that is switched off or has no token. However many are due, this
    looks at the first :data:`MOST_LOOKED_AT`.
    """
    first = (
        select(Contact.id)
        .where(Contact.profile_due_at <= clock.now())
        .order_by(Contact.profile_due_at.desc())
        .limit(MOST_LOOKED_AT)
        .subquery()
    )
    can_be_asked = and_(
        Integration.is_enabled, Integration.deleted_at.is_(None), keyring.is_with_access_token()
    )
    query = (
        select(Contact, Conversation, Integration, can_be_asked)
        .join(first, first.c.id == Contact.id)
        .outerjoin(Conversation, Conversation.contact_id == Contact.id)
        .outerjoin(ChannelAccount, Conversation.account_id == ChannelAccount.id)
        .outerjoin(Integration, ChannelAccount.integration_id == Integration.id)
        .options(joinedload(Conversation.identity))
        .order_by(Contact.profile_due_at.desc(), Contact.id, Conversation.id)
    )
    rows = session.execute(query).all()
    found = {
        contact.id: Due(
            contact.id,
            contact.workspace_id,
            conversation.channel,
            conversation.identity.value,
            contact.profile_tries,
            integration,
        )
        for contact, conversation, integration, is_possible in rows
        if is_possible
    }
    return list(found.values()), [row[0].id for row in rows if row[0].id not in found]


def set_aside(session: Session, contact_ids: Collection[int]) -> None:
    """Let contacts wait who cannot be asked for now, so that they stand in nobody's way."""
    later = update(Contact).where(Contact.id.in_(contact_ids))
    session.execute(
        later.values(profile_due_at=clock.now() + UNTIL_CONNECTED),
        execution_options={"synchronize_session": False},
    )


def mark_old(session: Session, contact_ids: Collection[int]) -> None:
    """Let the profiles of people who write be asked for again, where what is known is old."""
    now = clock.now()
    times = {"now": now, "old": now - OLD, "nameless_old": now - OLD_AND_NAMELESS}
    run_with_ids(session, _due_again, contact_ids, **times)


def _due_again(given: FromClause) -> Executable:
    nameless = and_(Contact.name.is_(None), Contact.username.is_(None))
    long_ago = or_(
        Contact.profile_checked_at < bindparam("old"),
        and_(nameless, Contact.profile_checked_at < bindparam("nameless_old")),
    )
    return (
        update(Contact)
        .where(Contact.id.in_(ids(given)), Contact.profile_due_at.is_(None), long_ago)
        .values(profile_due_at=bindparam("now"))
        .execution_options(synchronize_session=False)
    )
