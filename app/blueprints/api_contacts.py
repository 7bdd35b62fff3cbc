"""The API of contacts, their notes, leads, and what passed between them and the business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from flask import Response

from app.blueprints import api_access
from app.blueprints.access import caller, needs
from app.blueprints.contracts import describe
from app.blueprints.exchange import answer, read_body, read_cursor, read_query, write_cursor
from app.blueprints.schemas_contacts import (
    ContactCard,
    ContactPage,
    ContactQuery,
    LeadOut,
    LeadPage,
    LeadPatch,
    LeadQuery,
    LogOut,
    LogPage,
    LogQuery,
    NoteInput,
    NoteOut,
    NotePage,
)
from app.blueprints.schemas_input import PageQuery
from app.extensions import reader
from app.inbox import communication, contacts, leads, notes
from app.inbox.pages import Place
from app.inbox.permissions import Permission
from app.installation import current
from app.models.database import writing


class HasId(Protocol):
    """Whatever has an id to page by."""

    id: int


Row = TypeVar("Row", bound=HasId)

bp = api_access.blueprint("api_contacts", __name__, "/api")


@bp.get("/contacts")
@describe({200: ContactPage}, query=ContactQuery)
@needs(Permission.READ_INBOX)
def index() -> Response:
    """Return a page of contacts, newest first."""
    query = read_query(ContactQuery)
    found = contacts.listed(
        reader(),
        caller().workspace_id,
        q=query.q,
        before_id=_before(query),
        limit=query.limit + 1,
    )
    shown, cursor = _cut(found, query.limit)
    return answer(ContactPage(items=list(map(ContactCard.of, shown)), next_cursor=cursor))


@bp.get("/contacts/<int:contact_id>")
@describe({200: ContactCard})
@needs(Permission.READ_INBOX)
def show(contact_id: int) -> Response:
    """Return one contact."""
    return answer(ContactCard.of(contacts.find(reader(), caller().workspace_id, contact_id)))


@bp.get("/contacts/<int:contact_id>/notes")
@describe({200: NotePage}, query=PageQuery)
@needs(Permission.READ_INBOX)
def list_notes(contact_id: int) -> Response:
    """Return a page of the notes on a contact, newest first."""
    workspace_id = caller().workspace_id
    contacts.find(reader(), workspace_id, contact_id)
    query = read_query(PageQuery)
    found = notes.listed(
        reader(), workspace_id, contact_id, before_id=_before(query), limit=query.limit + 1
    )
    shown, cursor = _cut(found, query.limit)
    return answer(NotePage(items=list(map(NoteOut.of, shown)), next_cursor=cursor))


@bp.post("/contacts/<int:contact_id>/notes")
@describe({201: NoteOut}, body=NoteInput)
@needs(Permission.EDIT_CONTACTS)
def add_note(contact_id: int) -> Response:
    """Note something about a contact; the same again within half a minute is the same note."""
    contacts.find(reader(), caller().workspace_id, contact_id)
    given = read_body(NoteInput)
    with writing(current().engine) as session:
        made = notes.add(session, caller().author("api"), contact_id, given.text)
        shown = NoteOut.of(made)
    return answer(shown, 201)


@bp.get("/leads")
@describe({200: LeadPage}, query=LeadQuery)
@needs(Permission.READ_INBOX)
def list_leads() -> Response:
    """Return a page of leads, newest first."""
    query = read_query(LeadQuery)
    found = leads.listed(
        reader(),
        caller().workspace_id,
        stage=query.stage,
        contact_id=query.contact_id,
        before_id=_before(query),
        limit=query.limit + 1,
    )
    shown, cursor = _cut(found, query.limit)
    return answer(LeadPage(items=list(map(LeadOut.of, shown)), next_cursor=cursor))


@bp.get("/leads/<int:lead_id>")
@describe({200: LeadOut})
@needs(Permission.READ_INBOX)
def show_lead(lead_id: int) -> Response:
    """Return one lead."""
    return answer(LeadOut.of(leads.find(reader(), caller().workspace_id, lead_id)))


@bp.patch("/leads/<int:lead_id>")
@describe({200: LeadOut}, body=LeadPatch, problems=(409,))
@needs(Permission.EDIT_CONTACTS)
def change_lead(lead_id: int) -> Response:
    """Say how far a lead has come; won and lost close it, any other stage opens it again."""
    workspace_id = caller().workspace_id
    leads.find(reader(), workspace_id, lead_id)
    given = read_body(LeadPatch)
    with writing(current().engine) as session:
        shown = LeadOut.of(leads.set_stage(session, workspace_id, lead_id, given.stage))
    return answer(shown)


@bp.get("/communication-logs")
@describe({200: LogPage}, query=LogQuery)
@needs(Permission.READ_INBOX)
def list_logs() -> Response:
    """Return a page of what passed between the business and its contacts, the latest first."""
    query = read_query(LogQuery)
    place = read_cursor(query.cursor, 2)
    page = communication.listed(
        reader(),
        caller().workspace_id,
        contact_id=query.contact_id,
        channel=query.channel,
        since=query.since,
        before=Place(*place) if place else None,
        limit=query.limit,
    )
    items = [LogOut.of(line) for line in page.rows]
    return answer(LogPage(items=items, next_cursor=write_cursor(page.next)))


def _before(query: PageQuery) -> int | None:
    """Return the id after which the page begins."""
    place = read_cursor(query.cursor, 1)
    return place[0] if place else None


def _cut(found: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    """Return the rows of the page, and the cursor where there are more."""
    shown = found[:limit]
    return shown, write_cursor([shown[-1].id]) if len(found) > limit else None
