"""Reading the log of events: what Meta delivered, and what became of each item.

Every question here is bounded, whatever is filtered: a page looks at SCAN items at most, along
one index, and says where it stopped. The index is that of the account where one is asked for,
else that of a rare outcome, else that of the workspace, else the primary key. Times become ids
first (see app.inbox.event_times), so that a day long ago is found without the days after it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from app.channels import body, masking
from app.inbox.errors import NotFound
from app.inbox.event_times import first_id_since
from app.models import (
    ChannelAccount,
    Contact,
    ContactIdentity,
    Conversation,
    ExternalEvent,
    ExternalEventLog,
    Message,
)
from app.models.states import Outcome

SCAN = 10_000
"""So many items are looked at for one page at most."""
COMMON = (Outcome.APPLIED, Outcome.DUPLICATE)
"""Outcomes that most items have; "duplicate" depends on the body too and has no index."""


class Scope(Enum):
    """Items that are no workspace's to see, but the operator's."""

    NOBODY = "nobody"
    EVERYTHING = "everything"


Whose = int | Scope
"""A workspace's id, or a scope of the operator's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items; all that are None let everything pass.

    ``kind`` also finds what is below it: "unknown" finds "unknown:reaction". ``outcome``
    "duplicate" also finds items whose whole body came more than once. ``since`` is the first
    moment and ``until`` the one after the last, ``from_id`` the first id and ``to_id`` the last.
    """

    outcome: str | None = None
    account_id: int | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    from_id: int | None = None
    to_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One item with what is known of its delivery.

    ``received_count`` is how often Meta delivered the body it stood in, ``source`` where the
    body came from: "webhook", or "history" for what Inlet asked for itself.
    """

    event: ExternalEvent
    received_at: datetime
    last_received_at: datetime
    received_count: int
    source: str


class Customer(NamedTuple):
    """What names a customer: see :func:`app.present.people.named`."""

    name: str | None
    username: str | None
    channel: str
    identity: str


@dataclass(frozen=True, slots=True)
class Page:
    """Items, newest first. ``next_before`` leads to older ones, None where there are none.

    A page may hold fewer items than asked for, even none, and yet lead on: it stopped looking.
    """

    entries: list[Entry]
    next_before: int | None


def page(
    session: Session,
    whose: Whose,
    wanted: Wanted,
    *,
    before_id: int | None = None,
    limit: int = 50,
) -> Page:
    """Return a page of items, newest first."""
    seen = looked_at(session, whose, wanted, before_id)
    event = aliased(ExternalEvent, seen)
    query = (
        _with_delivery(event)
        .where(*conditions(event, whose, wanted))
        .order_by(event.id.desc())
        .limit(limit + 1)
    )
    entries = [Entry(*row) for row in session.execute(query)]
    if len(entries) > limit:
        return Page(entries[:limit], entries[limit - 1].event.id)
    return Page(entries, end_of(session, seen))


def entry(session: Session, whose: Whose, event_id: int) -> Entry:
    """Return one item. Raises :class:`NotFound` for one of somebody else's."""
    query = _with_delivery(ExternalEvent).where(ExternalEvent.id == event_id)
    row = session.execute(query.where(*owned(ExternalEvent, whose))).first()
    if row is None:
        raise NotFound
    return Entry(*row)


def item(session: Session, event: ExternalEvent) -> object:
    """Return the item as Meta sent it, secrets masked; None if unreadable."""
    try:
        return masking.masked(body.item_at(body.read(raw_body(session, event)), event.path))
    except (body.Unreadable, LookupError):
        return None


def raw_body(session: Session, event: ExternalEvent) -> bytes:
    """Return the whole body in which an item stood, word for word, secrets and all.

    It may hold items of other workspaces: it is for the operator alone.
    """
    query = select(ExternalEventLog.body).where(ExternalEventLog.id == event.log_id)
    return session.scalar(query) or b""


def message_of(session: Session, event: ExternalEvent) -> Message | None:
    """Return the message that an item became, None where it became none."""
    return session.scalar(select(Message).where(Message.event_id == event.id).limit(1))


def customers(session: Session, event_ids: Collection[int]) -> dict[int, Customer]:
    """Return whose the messages are that items became, by the item's id."""
    if not event_ids:
        return {}
    query = (
        select(
            Message.event_id,
            Contact.name,
            Contact.username,
            Conversation.channel,
            ContactIdentity.value,
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Conversation.contact)
        .join(Conversation.identity)
        .where(Message.event_id.in_(event_ids))
    )
    return {
        event_id: Customer(name, username, channel, identity)
        for event_id, name, username, channel, identity in session.execute(query)
        if event_id is not None
    }


def accounts(session: Session, workspace_id: int) -> list[ChannelAccount]:
    """Return the accounts of a workspace, which one may ask for."""
    query = select(ChannelAccount).where(ChannelAccount.workspace_id == workspace_id)
    return list(session.scalars(query.order_by(ChannelAccount.id)))


def account_name(session: Session, event: ExternalEvent) -> str | None:
    """Return how the account of an item is called; Meta's id where it has no name."""
    account = session.get(ChannelAccount, event.account_id) if event.account_id else None
    return (account and account.name) or event.addressed_to


def looked_at(session: Session, whose: Whose, wanted: Wanted, before_id: int | None) -> Subquery:
    """Return the newest SCAN items on the index that fits, as a subquery of whole rows."""
    query = select(ExternalEvent).where(_indexed(whose, wanted))
    highest = None if wanted.to_id is None else wanted.to_id + 1
    until = None if wanted.until is None else first_id_since(session, wanted.until)
    before = [one for one in (before_id, highest, until) if one is not None]
    if before:
        query = query.where(ExternalEvent.id < min(before))
    since = None if wanted.since is None else first_id_since(session, wanted.since)
    lowest = [one for one in (wanted.from_id, since) if one is not None]
    if lowest:
        query = query.where(ExternalEvent.id >= max(lowest))
    if _takes_nobodys_index(whose, wanted):
        query = query.order_by(ExternalEvent.workspace_id.desc())
    return query.order_by(ExternalEvent.id.desc()).limit(SCAN).subquery()


def conditions(
    event: type[ExternalEvent], whose: Whose, wanted: Wanted
) -> list[ColumnElement[bool]]:
    """Return what an item must be; a query that uses them joins the body's row."""
    found = owned(event, whose)
    if wanted.outcome is not None:
        found.append(_has_outcome(event, wanted.outcome))
    if wanted.account_id is not None:
        found.append(event.account_id == wanted.account_id)
    if wanted.kind is not None:
        below = event.kind.startswith(f"{wanted.kind}:", autoescape=True)
        found.append(or_(event.kind == wanted.kind, below))
    return found


def end_of(session: Session, seen: Subquery) -> int | None:
    """Return the id at which looking stopped, None where it came to the end."""
    count, lowest = session.execute(select(func.count(), func.min(seen.c.id))).one()
    return lowest if count == SCAN else None


def _indexed(whose: Whose, wanted: Wanted) -> ColumnElement[bool]:
    if wanted.account_id is not None:
        return ExternalEvent.account_id == wanted.account_id
    if wanted.outcome is not None and wanted.outcome not in COMMON:
        return ExternalEvent.outcome == wanted.outcome
    return _owner(ExternalEvent, whose)


def _takes_nobodys_index(whose: Whose, wanted: Wanted) -> bool:
    """Say so where the order must name the column: PostgreSQL sees none after IS NULL."""
    is_rare = wanted.outcome is not None and wanted.outcome not in COMMON
    return whose is Scope.NOBODY and wanted.account_id is None and not is_rare


def owned(event: type[ExternalEvent], whose: Whose) -> list[ColumnElement[bool]]:
    """Return what keeps a query to the items of ``whose``."""
    return [] if whose is Scope.EVERYTHING else [_owner(event, whose)]


def _owner(event: type[ExternalEvent], whose: Whose) -> ColumnElement[bool]:
    if whose is Scope.EVERYTHING:
        return true()
    return event.workspace_id.is_(None) if whose is Scope.NOBODY else event.workspace_id == whose


def _has_outcome(event: type[ExternalEvent], outcome: str) -> ColumnElement[bool]:
    same = event.outcome == outcome
    return same if outcome != Outcome.DUPLICATE else or_(same, ExternalEventLog.received_count > 1)


def _with_delivery(
    event: type[ExternalEvent],
) -> Select[ExternalEvent, datetime, datetime, int, str]:
    return select(
        event,
        ExternalEventLog.received_at,
        ExternalEventLog.last_received_at,
        ExternalEventLog.received_count,
        ExternalEventLog.source,
    ).join(ExternalEventLog, event.log_id == ExternalEventLog.id)
