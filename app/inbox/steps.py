"""The record of what happens to a delivery beside its attempts."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import clock
from app.models import Delivery, DeliveryStep
from app.models.states import StepKind


def note(
    session: Session,
    delivery: Delivery,
    kind: StepKind,
    user_id: int | None = None,
    detail: str | None = None,
) -> None:
    """Note what happens now; ``user_id`` is who decided, ``detail`` what Meta said."""
    session.add(
        DeliveryStep(
            workspace_id=delivery.workspace_id,
            delivery_id=delivery.id,
            kind=kind,
            at=clock.now(),
            user_id=user_id,
            detail=detail,
        )
    )
