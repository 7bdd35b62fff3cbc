"""The API of the event log: what Meta delivered, and what became of it."""

from __future__ import annotations

from flask import Response, abort

from app import clock
from app.blueprints import api_access
from app.blueprints.access import caller, needs
from app.blueprints.contracts import describe
from app.blueprints.exchange import answer, read_body, read_cursor, read_query, write_cursor
from app.blueprints.schemas_events import (
    EventOut,
    EventPage,
    EventQuery,
    EventWithItem,
    ReplayInput,
    ReplayOut,
    ScopeQuery,
)
from app.extensions import reader
from app.inbox import ledger, replaying
from app.inbox.errors import Conflict, Filled, Trouble
from app.inbox.ledger import Scope, Whose
from app.inbox.permissions import Permission
from app.installation import current
from app.models.database import writing
from app.models.states import Outcome

bp = api_access.blueprint("api_events", __name__, "/api/events")


@bp.get("")
@describe({200: EventPage}, query=EventQuery)
@needs(Permission.READ_INBOX)
def index() -> Response:
    """Return a page of items, newest first."""
    query = read_query(EventQuery)
    place = read_cursor(query.cursor, 1)
    page = ledger.page(
        reader(),
        _whose(query),
        query.wanted(),
        before_id=place[0] if place else None,
        limit=query.limit,
    )
    items = [EventOut.of(entry) for entry in page.entries]
    last = None if page.next_before is None else [page.next_before]
    return answer(EventPage(items=items, next_cursor=write_cursor(last)))


@bp.get("/<int:event_id>")
@describe({200: EventWithItem}, query=ScopeQuery)
@needs(Permission.READ_INBOX)
def show(event_id: int) -> Response:
    """Return one item, with what Meta sent."""
    found = ledger.entry(reader(), _whose(read_query(ScopeQuery)), event_id)
    return answer(EventWithItem.of(found, item=ledger.item(reader(), found.event)))


@bp.post("/<int:event_id>/replay")
@describe({202: EventOut}, query=ScopeQuery, problems=(409,))
@needs(Permission.REPLAY_EVENTS)
def replay(event_id: int) -> Response:
    """Have one item applied again: 202, or 409 where nothing would come of it."""
    whose = _whose(read_query(ScopeQuery))
    with writing(current().engine) as session:
        found = ledger.entry(session, whose, event_id)
        if not replaying.replay(session, [event_id], whose):
            raise Conflict(_nothing_to_replay(found.event.outcome))
        shown = EventOut.of(found)
    current().queue.ring_inbound()
    begun = {"outcome": Outcome.PENDING, "attempts": 0, "settled_at": None}
    return answer(shown.model_copy(update=begun | {"next_try_at": clock.now()}), 202)


@bp.post("/replay")
@describe({202: ReplayOut}, query=ScopeQuery, body=ReplayInput)
@needs(Permission.REPLAY_EVENTS)
def replay_many() -> Response:
    """Have the newest wanted items applied again, 10,000 at most; ``rest_to`` leads to the rest."""
    whose, given = _whose(read_query(ScopeQuery)), read_body(ReplayInput)
    if given.dry_run:
        number, rest = replaying.count_wanted(reader(), whose, given.wanted())
    else:
        with writing(current().engine) as session:
            number, rest = replaying.replay_wanted(session, whose, given.wanted())
        current().queue.ring_inbound()
    return answer(ReplayOut(count=number, rest_to=rest and rest.to_id), 202)


def _whose(query: ScopeQuery) -> Whose:
    """Return whose items are asked for; those of nobody are for the operator alone."""
    if query.scope is None:
        return caller().workspace_id
    if not caller().is_operator:
        abort(403, "Only whoever runs this installation sees what belongs to no workspace.")
    return Scope.NOBODY


def _nothing_to_replay(outcome: str) -> Trouble:
    return Trouble(
        message=Filled("This event cannot be replayed: it is %(outcome)s.", outcome=outcome),
        explanation="Only what is parked, failed, ignored or unroutable can be applied again; the "
        "rest has had its effect or is on its way.",
        next_step="Nothing to do.",
    )
