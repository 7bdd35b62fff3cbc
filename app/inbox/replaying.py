"""Having items of the log applied again: one, or all that are wanted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import islice
from typing import cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session, aliased

from app import clock
from app.inbox import ledger
from app.inbox.ledger import Scope, Wanted, Whose
from app.inbox.unpack import unpack_again
from app.models import ExternalEvent, ExternalEventLog
from app.models.states import Outcome

REPLAYABLE = (Outcome.PARKED, Outcome.FAILED, Outcome.IGNORED, Outcome.UNROUTABLE)
"""Outcomes after which applying again may change something; the rest have had their effect."""
BATCH = 1_000
"""Ids in one statement."""
AT_ONCE = 10_000
"""So many items are replayed in one transaction at most."""
LOOKS = 20
"""So many stretches of ``ledger.SCAN`` items are looked through for one answer at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """Items that can be replayed, newest first; ``rest_to`` is the last id not looked at yet."""

    event_ids: list[int]
    rest_to: int | None


def replay(session: Session, event_ids: Collection[int], whose: Whose = Scope.EVERYTHING) -> int:
    """Have items applied again and return how many that will be.

    Applied ones are left alone: nothing would come of it. Items of somebody else than ``whose``
    are not touched. A body in which no item was found is unpacked anew, into new items.
    """
    changed = unpack_again(session, event_ids) if isinstance(whose, Scope) else 0
    rest = iter(event_ids)
    while some := list(islice(rest, BATCH)):
        again = update(ExternalEvent).where(
            ExternalEvent.id.in_(some),
            ExternalEvent.outcome.in_(REPLAYABLE),
            *ledger.owned(ExternalEvent, whose),
        )
        done = session.execute(
            again.values(
                outcome=Outcome.PENDING, attempts=0, next_try_at=clock.now(), settled_at=None
            ),
            execution_options={"synchronize_session": False},
        )
        changed += cast("CursorResult[tuple[()]]", done).rowcount
    return changed


def among(session: Session, event_ids: Collection[int], whose: Whose) -> int:
    """Return how many of the items :func:`replay` would have applied again."""
    query = select(func.count(ExternalEvent.id)).where(
        ExternalEvent.id.in_(event_ids),
        ExternalEvent.outcome.in_(REPLAYABLE),
        *ledger.owned(ExternalEvent, whose),
    )
    return session.scalar(query) or 0


def replayable(session: Session, whose: Whose, wanted: Wanted) -> Found:
    """Return the newest wanted items that can be replayed, AT_ONCE at most.

    For a filter that only others' items pass it stops looking after LOOKS stretches.
    """
    found: list[int] = []
    before_id: int | None = None
    for _ in range(LOOKS):
        seen = ledger.looked_at(session, whose, wanted, before_id)
        event = aliased(ExternalEvent, seen)
        query = (
            select(event.id)
            .join(ExternalEventLog, event.log_id == ExternalEventLog.id)
            .where(event.outcome.in_(REPLAYABLE), *ledger.conditions(event, whose, wanted))
            .order_by(event.id.desc())
            .limit(AT_ONCE - len(found))
        )
        found += session.scalars(query)
        if len(found) == AT_ONCE:
            return Found(found, found[-1] - 1)
        before_id = ledger.end_of(session, seen)
        if before_id is None:
            return Found(found, None)
    return Found(found, before_id and before_id - 1)


def count_wanted(session: Session, whose: Whose, wanted: Wanted) -> tuple[int, Wanted | None]:
    """Return what :func:`replay_wanted` would, and change nothing."""
    found = replayable(session, whose, wanted)
    return len(found.event_ids), _rest(found, wanted)


def replay_wanted(session: Session, whose: Whose, wanted: Wanted) -> tuple[int, Wanted | None]:
    """Replay the newest wanted items; return how many, and what of the wanted is still to do."""
    found = replayable(session, whose, wanted)
    return replay(session, found.event_ids, whose), _rest(found, wanted)


def _rest(found: Found, wanted: Wanted) -> Wanted | None:
    return None if found.rest_to is None else replace(wanted, to_id=found.rest_to)
