"""The workspace's connections as its admins see them: what each has done, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.inbox.errors import NotFound
from app.inbox.integrations import listed
from app.models import ChannelAccount, Delivery, ExternalEvent, Integration


@dataclass(frozen=True, slots=True)
class LastEvent:
    """The newest item that an integration's accounts got."""

    id: int
    kind: str
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LastSend:
    """The newest send of an integration's accounts that has ended, and how."""

    conversation_id: int
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """An integration, its accounts loaded, and the last that was heard and said over it."""

    integration: Integration
    last_event: LastEvent | None
    last_send: LastSend | None


def overview(session: Session, workspace_id: int) -> list[Connection]:
    """Return the workspace's connections, oldest first, in a fixed number of statements."""
    found = listed(session, workspace_id)
    events, sends = _last_events(session, workspace_id), _last_sends(session, workspace_id)
    return [Connection(one, events.get(one.id), sends.get(one.id)) for one in found]


def one(session: Session, workspace_id: int, integration_id: int) -> Connection:
    """Return one connection of the workspace. Raises :class:`NotFound`."""
    for connection in overview(session, workspace_id):
        if connection.integration.id == integration_id:
            return connection
    raise NotFound


def _last_events(session: Session, workspace_id: int) -> dict[int | None, LastEvent]:
    inner = aliased(ExternalEvent)
    newest = (
        select(inner.id)
        .where(inner.account_id == ChannelAccount.id)
        .order_by(inner.account_id.desc(), inner.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(ChannelAccount.integration_id, ExternalEvent)
        .join(ExternalEvent, ExternalEvent.id == newest)
        .where(ChannelAccount.workspace_id == workspace_id)
        .order_by(ExternalEvent.id)
    )
    return {
        integration_id: LastEvent(event.id, event.kind, event.outcome, event.created_at)
        for integration_id, event in session.execute(query)
    }


def _last_sends(session: Session, workspace_id: int) -> dict[int | None, LastSend]:
    inner = aliased(Delivery)
    newest = (
        select(inner.id)
        .where(inner.account_id == ChannelAccount.id, inner.settled_at.is_not(None))
        .order_by(inner.account_id.desc(), inner.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(ChannelAccount.integration_id, Delivery)
        .join(Delivery, Delivery.id == newest)
        .where(ChannelAccount.workspace_id == workspace_id)
        .order_by(Delivery.id)
    )
    return {
        integration_id: LastSend(send.conversation_id, send.state, send.settled_at)
        for integration_id, send in session.execute(query)
        if send.settled_at is not None
    }
