"""The record of every try at a delivery, with Meta's answer."""

from __future__ import annotations

from http import HTTPStatus

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.channels.base import GraphFault
from app.models import Delivery, DeliveryAttempt


def opened(delivery: Delivery) -> DeliveryAttempt:
    """Return the record of a try that begins now."""
    return DeliveryAttempt(
        workspace_id=delivery.workspace_id,
        delivery_id=delivery.id,
        number=delivery.attempts,
        outcome="sending",
        started_at=clock.now(),
    )


def latest(session: Session, delivery: Delivery) -> DeliveryAttempt:
    """Return the record of the delivery's latest try."""
    return session.scalars(
        select(DeliveryAttempt).where(
            DeliveryAttempt.delivery_id == delivery.id,
            DeliveryAttempt.number == delivery.attempts,
        )
    ).one()


def close(attempt: DeliveryAttempt, outcome: str, fault: GraphFault | None = None) -> None:
    """Note how a try ended; ``fault`` is Meta's answer where it was no success."""
    attempt.outcome = outcome
    attempt.finished_at = clock.now()
    if outcome == "sent":
        attempt.http_status = HTTPStatus.OK
    if fault is not None:
        attempt.http_status = fault.http_status
        attempt.code, attempt.subcode = fault.code, fault.subcode
        attempt.error_message = fault.message
        attempt.trace_id = fault.trace_id
