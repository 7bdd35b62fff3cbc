"""What the API answers with: how the sending of a message went."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from app.blueprints import examples
from app.blueprints.schemas import PersonOut
from app.inbox.timeline import Timeline
from app.models import DeliveryAttempt, DeliveryStep
from app.models.states import DeliveryState, Evidence, StepKind


class AttemptOut(BaseModel):
    """One call to Meta.

    ``outcome``: sending, sent, retry, throttled, failed, held or unconfirmed.
    ``endpoint`` is the path that was called, ``tag`` the message tag that was used. ``code``,
    ``subcode``, ``message`` and ``trace_id`` are Meta's.
    """

    model_config = ConfigDict(from_attributes=True)

    number: int
    outcome: str
    started_at: datetime
    finished_at: datetime | None
    duration_ms: int | None
    endpoint: str | None
    tag: str | None
    http_status: int | None
    code: int | None
    subcode: int | None
    message: str | None
    trace_id: str | None

    @classmethod
    def of(cls, attempt: DeliveryAttempt) -> Self:
        """Return ``attempt`` as shown."""
        return cls(
            number=attempt.number,
            outcome=attempt.outcome,
            started_at=attempt.started_at,
            finished_at=attempt.finished_at,
            duration_ms=attempt.duration_ms,
            endpoint=attempt.endpoint,
            tag=attempt.tag,
            http_status=attempt.http_status,
            code=attempt.code,
            subcode=attempt.subcode,
            message=attempt.error_message,
            trace_id=attempt.trace_id,
        )


class StepOut(BaseModel):
    """What else happened: a decision and who made it, a proof, or a look that proved nothing.

    ``person`` is None for a program. ``detail`` are Meta's words where a look failed.
    """

    kind: StepKind
    at: datetime
    person: PersonOut | None
    detail: str | None

    @classmethod
    def of(cls, step: DeliveryStep) -> Self:
        """Return ``step``, whose person is loaded, as shown."""
        person = PersonOut.of(step.user)
        return cls(kind=StepKind(step.kind), at=step.at, person=person, detail=step.detail)


class DeliveryOut(BaseModel):
    """The sending of a message; ``settled_by`` is the evidence that ended it."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.DELIVERY))

    message_id: int
    state: DeliveryState
    queued_at: datetime
    next_try_at: datetime | None
    settled_at: datetime | None
    settled_by: Evidence | None
    attempts: list[AttemptOut]
    steps: list[StepOut]

    @classmethod
    def of(cls, found: Timeline) -> Self:
        """Return ``found`` as shown."""
        delivery = found.delivery
        is_waiting = delivery.state == DeliveryState.QUEUED
        is_open = is_waiting or delivery.state in _UNDER_WAY
        return cls(
            message_id=delivery.message_id,
            state=DeliveryState(delivery.state),
            queued_at=delivery.created_at,
            next_try_at=delivery.next_try_at if is_waiting else None,
            settled_at=None if is_open else delivery.settled_at,
            settled_by=Evidence(delivery.settled_by) if delivery.settled_by else None,
            attempts=[AttemptOut.of(one) for one in found.attempts],
            steps=[StepOut.of(one) for one in found.steps],
        )


_UNDER_WAY = frozenset(
    {
        DeliveryState.HELD,
        DeliveryState.CLAIMED,
        DeliveryState.SENDING,
        DeliveryState.UNCONFIRMED,
    }
)
