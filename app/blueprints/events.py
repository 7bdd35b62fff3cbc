"""The API of the event log: what Meta delivered, and what became of it."""

from __future__ import annotations

from flask import Response, abort

from app.blueprints import api_access
from app.blueprints.access import caller, needs
from app.blueprints.contracts import describe
from app.blueprints.exchange import answer, read_cursor, read_query, write_cursor
from app.blueprints.schemas_events import (
    EventOut,
    EventPage,
    EventQuery,
    EventWithItem,
    ScopeQuery,
)
from app.extensions import reader
from app.inbox import ledger
from app.inbox.errors import Conflict, Trouble
from app.inbox.permissions import Permission
from app.installation import current
from app.models.database import writing

bp = api_access.blueprint("api_events", __name__, "/api/events")


@bp.get("")
@describe({200: EventPage}, query=EventQuery)
@needs(Permission.READ_INBOX)
def index() -> Response:
    """Return a page of items, newest first."""
    query = read_query(EventQuery)
    place = read_cursor(query.cursor, 1)
    entries = ledger.entries(
        reader(),
        _workspace(query),
        outcome=query.outcome,
        since=query.since,
        before_id=place[0] if place else None,
        limit=query.limit + 1,
    )
    shown = entries[: query.limit]
    last = [shown[-1].event.id] if len(entries) > query.limit else None
    items = [EventOut.of(entry) for entry in shown]
    return answer(EventPage(items=items, next_cursor=write_cursor(last)))


@bp.get("/<int:event_id>")
@describe({200: EventWithItem}, query=ScopeQuery)
@needs(Permission.READ_INBOX)
def show(event_id: int) -> Response:
    """Return one item, with what Meta sent."""
    found = ledger.entry(reader(), _workspace(read_query(ScopeQuery)), event_id)
    return answer(EventWithItem.of(found, item=ledger.raw_item(reader(), found.event)))


@bp.post("/<int:event_id>/replay")
@describe({202: EventOut}, query=ScopeQuery, problems=(409,))
@needs(Permission.REPLAY_EVENTS)
def replay(event_id: int) -> Response:
    """Have one item applied again: 202, or 409 where nothing would come of it."""
    workspace_id = _workspace(read_query(ScopeQuery))
    with writing(current().engine) as session:
        found = ledger.entry(session, workspace_id, event_id)
        if not ledger.replay(session, [event_id], workspace_id):
            raise Conflict(_nothing_to_replay(found.event.outcome))
        session.refresh(found.event)
        shown = EventOut.of(found)
    current().queue.ring_inbound()
    return answer(shown, 202)


def _workspace(query: ScopeQuery) -> int | None:
    """Return whose items are asked for; None, those of nobody, is for the operator alone."""
    if query.scope is None:
        return caller().workspace_id
    if not caller().is_operator:
        abort(403, "Only whoever runs this installation sees what belongs to no workspace.")
    return None


def _nothing_to_replay(outcome: str) -> Trouble:
    return Trouble(
        message=f"This event cannot be replayed: it is {outcome}.",
        explanation="Only what is parked, failed, ignored or unroutable can be applied again; the "
        "rest has had its effect or is on its way.",
        next_step="Nothing to do.",
    )
