"""The ExternalEvent of each item: entered once, changed where the item came out otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from app import clock
from app.channels.events import Unknown
from app.inbox.ingest.arrival import Arrival
from app.models import ExternalEvent
from app.models.bulk import Insert, insert_rows, update_rows
from app.models.states import Outcome


def enter(session: Session, arrivals: Sequence[Arrival], still_open: Outcome) -> None:
    """Write an event for each item; ``still_open`` is the outcome of those that have none yet.

    Who applies the items in the same transaction enters them as applied and records afterwards
    which of them came out otherwise: most rows are written once.
    """
    for arrival in arrivals:
        outcome = still_open if arrival.is_open else arrival.outcome
        arrival.entered = outcome, arrival.reason
    if arrivals:
        made = insert_rows(session, ExternalEvent, [*map(_entry, arrivals)], _with_ids)
        ids = {(log_id, position): id_ for log_id, position, id_ in made}
        for arrival in arrivals:
            arrival.event_id = ids.get((arrival.log_id, arrival.position), 0)


def record(session: Session, arrivals: Iterable[Arrival]) -> None:
    """Write the outcome of each item whose event does not show it yet."""
    moment = clock.now()
    update_rows(
        session,
        ExternalEvent,
        [
            {
                "id": arrival.event_id,
                "outcome": arrival.outcome,
                "reason": arrival.reason,
                "workspace_id": arrival.account.workspace_id if arrival.account else None,
                "account_id": arrival.account.id if arrival.account else None,
                "next_try_at": arrival.next_try_at,
                "settled_at": None if arrival.outcome == Outcome.PARKED else moment,
            }
            for arrival in arrivals
            if arrival.entered != (arrival.outcome, arrival.reason)
        ],
    )


def kind_of(event: object) -> str:
    """Return the kind under which an event is listed: "message_received", "unknown:reaction"."""
    name = _snake_case(type(event).__name__)
    return f"{name}:{event.name}" if isinstance(event, Unknown) else name


@cache
def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _entry(arrival: Arrival) -> dict[str, Any]:
    event, account, moment = arrival.event, arrival.account, clock.now()
    assert arrival.entered is not None  # noqa: S101 - just set
    outcome, reason = arrival.entered
    is_open = outcome is Outcome.PENDING
    return {
        "log_id": arrival.log_id,
        "position": arrival.position,
        "path": arrival.path,
        "workspace_id": account.workspace_id if account else None,
        "account_id": account.id if account else None,
        "channel": arrival.channel,
        "addressed_to": event.account,
        "kind": kind_of(event),
        "external_id": getattr(event, "external_id", None),
        "occurred_at": event.occurred_at,
        "outcome": outcome,
        "reason": reason,
        "next_try_at": moment if is_open else None,
        "created_at": moment,
        "settled_at": None if is_open else moment,
        "repaired": arrival.repaired,
    }


def _with_ids(insert: Insert) -> Executable:
    new = insert.on_conflict_do_nothing()
    return new.returning(ExternalEvent.log_id, ExternalEvent.position, ExternalEvent.id)
