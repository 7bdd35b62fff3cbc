"""Who wrote: contacts, their identities, and their open leads."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, FromClause, Text, case, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.inbox.ingest.arrival import Account
from app.models import Contact, ContactIdentity, Lead
from app.models.base import BigId
from app.models.bulk import Columns, Insert, ids, insert_rows, run_with_ids, run_with_rows

IDENTITY_KIND = "channel_user"
IDENTITY_KEY: Columns = (("workspace_id", BigId), ("scope", Text()), ("value", Text()))


class Known(NamedTuple):
    """A person as one account knows them."""

    identity_id: int
    contact_id: int


Person = tuple[Account, str]


def meet(session: Session, people: Collection[Person]) -> dict[Person, Known]:
    """Return who the given people are, making contacts of those never seen before."""
    known = _find(session, people)
    strangers = [person for person in people if person not in known]
    if strangers:
        _introduce(session, strangers)
        known |= _find(session, strangers)
    return known


def scope_of(account_id: int) -> str:
    """Return the scope in which the ids of an account's customers mean something."""
    return f"account:{account_id}"


def identity_key(person: Person) -> dict[str, Any]:
    """Return the :data:`IDENTITY_KEY` by which an account knows a person."""
    account, value = person
    return {"workspace_id": account.workspace_id, "scope": scope_of(account.id), "value": value}


def is_identity(given: FromClause) -> ColumnElement[bool]:
    """Return the condition that an identity is one of those whose keys are given."""
    return (
        (ContactIdentity.workspace_id == given.c.workspace_id)
        & (ContactIdentity.scope == given.c.scope)
        & (ContactIdentity.kind == IDENTITY_KIND)
        & (ContactIdentity.value == given.c.value)
    )


def _find(session: Session, people: Collection[Person]) -> dict[Person, Known]:
    if not people:
        return {}
    by_key = {(scope_of(account.id), value): (account, value) for account, value in people}
    found = run_with_rows(session, _identities, IDENTITY_KEY, map(identity_key, people))
    return {by_key[scope, value]: Known(id_, contact) for scope, value, id_, contact in found}


def _identities(given: FromClause) -> Executable:
    return select(
        ContactIdentity.scope,
        ContactIdentity.value,
        ContactIdentity.id,
        ContactIdentity.contact_id,
    ).join(given, is_identity(given))


def _introduce(session: Session, strangers: list[Person]) -> None:
    moment = clock.now()
    fresh = [
        {"workspace_id": account.workspace_id, "created_at": moment, "profile_due_at": moment}
        for account, _ in strangers
    ]
    blank: dict[int, list[int]] = {}
    for contact_id, workspace_id in insert_rows(session, Contact, fresh, _with_ids):
        blank.setdefault(workspace_id, []).append(contact_id)
    identities = [
        {
            "workspace_id": account.workspace_id,
            "scope": scope_of(account.id),
            "kind": IDENTITY_KIND,
            "value": value,
            "contact_id": blank[account.workspace_id].pop(),
            "created_at": moment,
        }
        for account, value in strangers
    ]
    insert_rows(session, ContactIdentity, identities)


def _with_ids(insert: Insert) -> Executable:
    return insert.returning(Contact.id, Contact.workspace_id)


class Touch(NamedTuple):
    """When a contact last wrote, and where."""

    workspace_id: int
    contact_id: int
    channel: str
    at: datetime


def touch_leads(session: Session, touches: Iterable[Touch]) -> dict[int, int]:
    """Open a lead for each contact that has none, move its last contact forward.

    Returns the open lead's id by contact id.
    """
    latest: dict[int, Touch] = {}
    for touch in touches:
        seen = latest.get(touch.contact_id)
        if seen is None or seen.at < touch.at:
            latest[touch.contact_id] = touch
    if not latest:
        return {}
    moment = clock.now()
    touched = insert_rows(
        session,
        Lead,
        [
            {
                "workspace_id": touch.workspace_id,
                "contact_id": touch.contact_id,
                "last_contact_at": touch.at,
                "last_contact_channel": touch.channel,
                "created_at": moment,
            }
            for _, touch in sorted(latest.items())
        ],
        _moved_forward,
    )
    return {contact_id: lead_id for contact_id, lead_id in touched}  # noqa: C416 - rows


def _moved_forward(insert: Insert) -> Executable:
    given = insert.excluded
    newer = or_(Lead.last_contact_at.is_(None), given.last_contact_at > Lead.last_contact_at)
    moved = insert.on_conflict_do_update(
        index_elements=[Lead.contact_id],
        index_where=Lead.closed_at.is_(None),
        set_={
            name: case((newer, given[name]), else_=Lead.__table__.c[name])
            for name in ("last_contact_at", "last_contact_channel")
        },
    )
    return moved.returning(Lead.contact_id, Lead.id)


def open_leads(session: Session, contact_ids: Collection[int]) -> dict[int, int]:
    """Return the open lead's id by contact id, of those contacts that have one."""
    if not contact_ids:
        return {}
    found = run_with_ids(session, _open_of, contact_ids)
    return {contact_id: lead_id for contact_id, lead_id in found}  # noqa: C416 - rows


def _open_of(given: FromClause) -> Executable:
    return select(Lead.contact_id, Lead.id).where(
        Lead.contact_id.in_(ids(given)), Lead.closed_at.is_(None)
    )
