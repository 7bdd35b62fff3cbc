"""The API of the event log: what it takes and answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from app.blueprints import examples
from app.blueprints.schemas_input import Moment, PageQuery
from app.inbox.ledger import Entry
from app.models.states import Outcome


class ScopeQuery(BaseModel):
    """Whose items: the workspace's, or with "installation" those that belong to none."""

    scope: Literal["installation"] | None = None


class EventQuery(PageQuery, ScopeQuery):
    """Which items of the log; "duplicate" also finds those whose body came more than once."""

    outcome: Outcome | None = None
    since: Moment | None = None


class EventOut(BaseModel):
    """One item of a webhook body and what became of it.

    ``addressed_to`` is Meta's id of our account, ``received_count`` how often Meta delivered the
    body and ``duplicates`` how many of these deliveries changed nothing.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.EVENT))

    id: int
    channel: str | None
    kind: str
    addressed_to: str | None
    external_id: str | None
    occurred_at: datetime | None
    received_at: datetime
    last_received_at: datetime
    received_count: int
    duplicates: int
    outcome: Outcome
    reason: str | None
    attempts: int
    next_try_at: datetime | None
    settled_at: datetime | None

    @classmethod
    def of(cls, entry: Entry, **more: Any) -> Self:
        """Return ``entry`` as shown."""
        event = entry.event
        return cls(
            id=event.id,
            channel=event.channel,
            kind=event.kind,
            addressed_to=event.addressed_to,
            external_id=event.external_id,
            occurred_at=event.occurred_at,
            received_at=entry.received_at,
            last_received_at=entry.last_received_at,
            received_count=entry.received_count,
            duplicates=entry.received_count - 1,
            outcome=Outcome(event.outcome),
            reason=event.reason,
            attempts=event.attempts,
            next_try_at=event.next_try_at,
            settled_at=event.settled_at,
            **more,
        )


class EventWithItem(EventOut):
    """One item as Meta sent it, without the rest of its body; None where it is unreadable."""

    model_config = ConfigDict(
        json_schema_extra=examples.shown(
            examples.EVENT | {"item": {"message": {"mid": "aWdfZAG1faXRlbToxOk"}}}
        )
    )

    item: Any


class EventPage(BaseModel):
    """Items, newest first; ``next_cursor`` leads to older ones."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.page(examples.EVENT)))

    items: list[EventOut]
    next_cursor: str | None
