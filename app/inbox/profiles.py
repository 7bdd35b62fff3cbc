"""Names of the people who write, asked of Meta afterwards: a message never waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Engine, or_, select, update
from sqlalchemy.orm import Session

from app import clock
from app.channels import registry
from app.channels.base import Credentials, Profile, SendError
from app.channels.graph import Graph
from app.crypto import WrongKeyError
from app.inbox.deliver import sender_id
from app.inbox.keyring import Keyring
from app.inbox.versions import raise_versions
from app.models import ChannelAccount, Contact, Conversation, Integration
from app.models.database import reading, writing

AGAIN = timedelta(days=1)
"""A person without a name is asked for again after this time."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A contact whose name is to be asked for, and how."""

    contact_id: int
    conversation_id: int
    workspace_id: int
    channel: str
    person: str
    who: Credentials


def fetch_names(engine: Engine, graph: Graph, keyring: Keyring, limit: int = 20) -> int:
    """Ask Meta for the names of up to ``limit`` nameless people; return how many were asked for.

    No database connection is held during the calls. What Meta does not tell stays empty.
    """
    with reading(engine) as session:
        waiting = unnamed(session, keyring, limit)
    for one in waiting:
        profile = _ask(graph, one)
        with writing(engine) as session:
            note(session, one, profile)
    return len(waiting)


def unnamed(session: Session, keyring: Keyring, limit: int) -> list[Unnamed]:
    """Return people without a name who were not asked for lately, newest first."""
    long_ago = or_(
        Contact.profile_checked_at.is_(None), Contact.profile_checked_at < clock.now() - AGAIN
    )
    query = (
        select(Conversation, Integration)
        .join(Contact, Conversation.contact_id == Contact.id)
        .join(ChannelAccount, Conversation.account_id == ChannelAccount.id)
        .join(Integration, ChannelAccount.integration_id == Integration.id)
        .where(Contact.name.is_(None), Contact.username.is_(None), long_ago)
        .where(Integration.is_enabled, Integration.deleted_at.is_(None))
        .order_by(Contact.id.desc())
        .limit(limit)
    )
    found = []
    for conversation, integration in session.execute(query):
        try:
            who = keyring.credentials(integration, sender_id(integration))
        except WrongKeyError:
            continue
        if who is not None:
            found.append(
                Unnamed(
                    conversation.contact_id,
                    conversation.id,
                    conversation.workspace_id,
                    conversation.channel,
                    conversation.identity.value,
                    who,
                )
            )
    return found


def note(session: Session, one: Unnamed, profile: Profile | None) -> None:
    """Write what Meta told, and that it was asked."""
    values = {"profile_checked_at": clock.now()}
    told = {"name": profile.name, "username": profile.username} if profile else {}
    person = update(Contact).where(Contact.id == one.contact_id)
    session.execute(person.values(values | told))
    if any(told.values()):
        raise_versions(session, one.conversation_id, one.workspace_id)


def _ask(graph: Graph, one: Unnamed) -> Profile | None:
    try:
        return registry.channel(one.channel).profile(graph, one.who, one.person)
    except SendError as error:
        log.info("profile_not_told", contact_id=one.contact_id, code=error.fault.code)
        return None
