"""What a row of the conversation list shows, read as plain values: a list makes no entities."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.inbox.listing import cut, page_query
from app.inbox.pages import PAGE, Page, Place
from app.inbox.views import Filter
from app.models import ChannelAccount, Contact, ContactIdentity, Conversation, Integration, User


class Line(NamedTuple):
    """A conversation as a list shows it: its own columns, then what its people are called.

    ``identity`` is the id by which the channel knows the customer. ``human_agent`` says that Meta
    granted the integration the permission of that name, ``base_url`` replaces Meta's hosts.
    """

    id: int
    channel: str
    contact_id: int
    status: str
    snoozed_until: datetime | None
    preview: str
    preview_direction: str
    preview_kind: str
    preview_status: str
    position_at: int
    last_message_at: datetime | None
    waiting_since: datetime | None
    window_opened_at: datetime | None
    unread_count: int
    attention_count: int
    created_at: datetime
    name: str | None
    username: str | None
    identity: str
    assignee: str | None
    integration_id: int | None
    human_agent: bool | None
    base_url: str | None


_LINES = (
    select(
        Conversation.id,
        Conversation.channel,
        Conversation.contact_id,
        Conversation.status,
        Conversation.snoozed_until,
        Conversation.preview,
        Conversation.preview_direction,
        Conversation.preview_kind,
        Conversation.preview_status,
        Conversation.position_at,
        Conversation.last_message_at,
        Conversation.waiting_since,
        Conversation.window_opened_at,
        Conversation.unread_count,
        Conversation.attention_count,
        Conversation.created_at,
        Contact.name,
        Contact.username,
        ContactIdentity.value,
        User.name,
        ChannelAccount.integration_id,
        Integration.config["human_agent"],
        Integration.base_url,
    )
    .join(Conversation.contact)
    .join(Conversation.identity)
    .outerjoin(Conversation.assignee)
    .join(Conversation.account)
    .outerjoin(ChannelAccount.integration)
)
_AMONG = _LINES.where(
    Conversation.workspace_id == bindparam("workspace_id"),
    Conversation.id.in_(bindparam("ids", expanding=True)),
)


def lines(
    session: Session, workspace_id: int, wanted: Filter, *, after: Place | None = None
) -> Page[Line]:
    """Return a page of the workspace's conversations in the order of the view."""
    query, given = page_query(_LINES, workspace_id, wanted, after, PAGE)
    return cut(_read(session, query, given), wanted.order, PAGE)


def among(session: Session, workspace_id: int, ids: Collection[int]) -> dict[int, Line]:
    """Return those of the workspace's conversations that are among ``ids``, by id."""
    given = {"workspace_id": workspace_id, "ids": list(ids)}
    return {line.id: line for line in _read(session, _AMONG, given)} if ids else {}


def _read(session: Session, query: Select[*tuple[Any, ...]], given: dict[str, Any]) -> list[Line]:
    return [Line(*row) for row in session.execute(query, given)]
