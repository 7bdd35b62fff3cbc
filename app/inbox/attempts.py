"""The record of every try at a delivery, with Meta's answer."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.channels.faults import GraphFault
from app.models import Delivery, DeliveryAttempt

WAITS = ("throttled", "held")
"""Outcomes of tries that were not the message's failure: Meta asked to wait, or to reconnect."""


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
) -> None:
    """Note how the latest try ended; ``fault`` is Meta's answer where it was no success.

    ``took`` is how long the call lasted, where that is known.
    """
    told: dict[str, Any] = {"http_status": HTTPStatus.OK} if outcome == "sent" else {}
    if fault is not None:
        told = {
            "http_status": fault.http_status,
            "code": fault.code,
            "subcode": fault.subcode,
            "error_message": fault.message,
            "trace_id": fault.trace_id,
        }
    session.execute(
        update(DeliveryAttempt)
        .where(
            DeliveryAttempt.delivery_id == delivery.id,
            DeliveryAttempt.number == delivery.attempts,
        )
        .values(
            outcome=outcome,
            finished_at=clock.now(),
            duration_ms=None if took is None else round(took.total_seconds() * 1000),
            **told,
        ),
        execution_options={"synchronize_session": False},
    )


def is_last(session: Session, delivery: Delivery, most: int) -> bool:
    """Say whether the latest try was the last of at most ``most`` that count."""
    if delivery.attempts < most:
        return False
    mine = DeliveryAttempt.delivery_id == delivery.id, DeliveryAttempt.outcome.in_(WAITS)
    waits = session.scalars(select(func.count()).select_from(DeliveryAttempt).where(*mine)).one()
    return delivery.attempts - waits >= most
