"""The page of the event log: what Meta sent, what became of it, and applying it again."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.blueprints.access import caller, needs
from app.blueprints.event_filters import Filters, requested, requested_place, requested_scope
from app.blueprints.forms import number
from app.extensions import limiter, reader
from app.inbox import event_export, ledger, replaying
from app.inbox.errors import Refused
from app.inbox.permissions import Permission
from app.inbox.replaying import AT_ONCE, REPLAYABLE
from app.inbox.unpack import WITHOUT_ITEM
from app.installation import current
from app.locale import gettext as _
from app.models.database import writing
from app.models.states import Outcome
from app.present import events, people

bp = Blueprint("event_log", __name__, url_prefix="/settings/events")

PAGE = 50
MAX_SHOWN = 100_000
"""So many characters of a body are shown; the rest is in the file."""


@bp.get("")
@needs(Permission.REPLAY_EVENTS)
def page() -> str:
    """List items, newest first, with filters; the URL is the whole state."""
    filters, before = requested(), requested_place()
    session, whose = reader(), filters.whose
    found = ledger.page(session, whose, filters.wanted(), before_id=before, limit=PAGE)
    again = filters.outcome in REPLAYABLE and found.entries
    return render_template(
        "events.html",
        page=found,
        customers=_customers([one.event.id for one in found.entries]),
        filters=filters,
        before=before,
        outcomes=list(Outcome),
        kinds=events.kinds(),
        accounts=ledger.accounts(session, caller().workspace_id),
        again=replaying.count_wanted(session, whose, filters.wanted())[0] if again else 0,
        cap=AT_ONCE,
        present=events,
    )


@bp.get("/<int:event_id>")
@needs(Permission.REPLAY_EVENTS)
def event(event_id: int) -> str:
    """Show one item: what became of it, and what Meta sent; the body to the operator alone."""
    filters = Filters(scope=requested_scope())
    session = reader()
    found = ledger.entry(session, filters.whose, event_id)
    body = event_export.body_text(session, found.event) if caller().is_operator else ""
    return render_template(
        "event_detail.html",
        entry=found,
        customer=_customers([event_id]).get(event_id),
        filters=filters,
        message=ledger.message_of(session, found.event),
        account=ledger.account_name(session, found.event),
        item=event_export.item_text(session, found.event),
        body=body[:MAX_SHOWN],
        is_cut=len(body) > MAX_SHOWN,
        can_replay=found.event.outcome in REPLAYABLE,
        present=events,
    )


@bp.post("/<int:event_id>/replay")
@needs(Permission.REPLAY_EVENTS)
def replay(event_id: int) -> AnyResponse:
    """Have one item applied again."""
    filters = Filters(scope=requested_scope())
    with writing(current().engine) as session:
        found = ledger.entry(session, filters.whose, event_id)
        is_new = found.event.kind in WITHOUT_ITEM
        done = replaying.replay(session, [event_id], filters.whose)
    if done:
        current().queue.ring_inbound()
        flash(_("It is applied again."), "done")
    else:
        flash(_("Nothing to do: it has had its effect, or is on its way."), "soon")
    if done and is_new:  # the body is taken apart into other items
        return redirect(url_for("event_log.page", **filters.query()), 303)
    return redirect(url_for("event_log.event", event_id=event_id, **filters.query()), 303)


@bp.get("/<int:event_id>/fixture")
@needs(Permission.REPLAY_EVENTS)
def fixture(event_id: int) -> Response:
    """Return an item as a webhook body for a test, to keep as a file."""
    filters = Filters(scope=requested_scope())
    whole, anonymous = (request.args.get(name) == "1" for name in ("body", "anonymous"))
    if whole and not caller().is_operator:
        abort(403)
    found = ledger.entry(reader(), filters.whose, event_id)
    try:
        made = event_export.fixture(reader(), found.event, whole=whole, anonymous=anonymous)
    except Refused:
        abort(404)
    answer = Response(made, mimetype="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename=event-{event_id}.json"
    return answer


@bp.get("/replay")
@needs(Permission.REPLAY_EVENTS)
def confirm() -> str:
    """Say what replaying all that the filters find would do."""
    filters = requested()
    found = replaying.replayable(reader(), filters.whose, filters.wanted())
    return render_template(
        "events_replay.html",
        filters=filters,
        number=len(found.event_ids),
        newest=found.event_ids[0] if found.event_ids else None,
        cap=AT_ONCE,
        present=events,
    )


@bp.post("/replay")
@needs(Permission.REPLAY_EVENTS)
@limiter.limit("30/minute")
def replay_all() -> AnyResponse:
    """Have all that the filters find applied again, up to the newest that was confirmed."""
    filters = requested()
    wanted = filters.wanted(to_id=number("newest"))
    with writing(current().engine) as session:
        done, rest = replaying.replay_wanted(session, filters.whose, wanted)
    current().queue.ring_inbound()
    words = events.number_words(done, AT_ONCE + 1)
    flash(_("Applied again: %(number)s.", number=words), "done")
    if rest is not None:
        flash(_("There may be more of them: replay once more."), "soon")
    return redirect(url_for("event_log.page", **filters.query()), 303)


def _customers(event_ids: list[int]) -> dict[int, str]:
    """Return what the customers are called whose messages items became."""
    found = ledger.customers(reader(), event_ids)
    return {event_id: people.named(*one) for event_id, one in found.items()}
