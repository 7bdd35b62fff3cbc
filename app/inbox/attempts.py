"""The record of every try at a delivery, with Meta's answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus

from sqlalchemy import Executable, FromClause, Integer, Text, func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.channels.faults import GraphFault
from app.models import Delivery, DeliveryAttempt
from app.models.base import BigId, UtcDateTime
from app.models.bulk import Columns, Row, run_with_rows
from app.models.together import hand_in

WAITS = ("throttled", "held")
"""Outcomes of tries that were not the message's failure: Meta asked to wait, or to reconnect."""
_NO_FAULT = GraphFault("")
_COLUMNS: Columns = (
    ("delivery_id", BigId),
    ("number", Integer()),
    ("outcome", Text()),
    ("finished_at", UtcDateTime()),
    ("duration_ms", Integer()),
    ("http_status", Integer()),
    ("code", Integer()),
    ("subcode", Integer()),
    ("error_message", Text()),
    ("trace_id", Text()),
)


def opened(delivery: Delivery) -> DeliveryAttempt:
    """Return the record of a try that begins now."""
    return DeliveryAttempt(
        workspace_id=delivery.workspace_id,
        delivery_id=delivery.id,
        number=delivery.attempts,
        outcome="sending",
        started_at=clock.now(),
    )


def close(
    session: Session,
    delivery: Delivery,
    outcome: str,
    fault: GraphFault | None = None,
    took: timedelta | None = None,
    number: int | None = None,
) -> None:
    """Note how a try ended, the latest one where no ``number`` is given.

    ``fault`` is Meta's answer where it was no success; ``took`` is how long the call lasted,
    where that is known.
    """
    told = fault or _NO_FAULT
    row = {
        "delivery_id": delivery.id,
        "number": number or delivery.attempts,
        "outcome": outcome,
        "finished_at": clock.now(),
        "duration_ms": None if took is None else round(took.total_seconds() * 1000),
        "http_status": HTTPStatus.OK if outcome == "sent" else told.http_status,
        "code": told.code,
        "subcode": told.subcode,
        "error_message": told.message or None,
        "trace_id": told.trace_id,
    }
    hand_in(session, _write, delivery.id, row)


def _write(session: Session, rows: Sequence[Row]) -> None:
    run_with_rows(session, _closed, _COLUMNS, rows)


def _closed(given: FromClause) -> Executable:
    is_theirs = (
        DeliveryAttempt.delivery_id == given.c.delivery_id,
        DeliveryAttempt.number == given.c.number,
    )
    told = {name: given.c[name] for name, _ in _COLUMNS if name not in ("delivery_id", "number")}
    return update(DeliveryAttempt).where(*is_theirs).values(told)


def is_last(session: Session, delivery: Delivery, most: int) -> bool:
    """Say whether the latest try was the last of at most ``most`` that count."""
    if delivery.attempts < most:
        return False
    mine = DeliveryAttempt.delivery_id == delivery.id, DeliveryAttempt.outcome.in_(WAITS)
    waits = session.scalars(select(func.count()).select_from(DeliveryAttempt).where(*mine)).one()
    return delivery.attempts - waits >= most
