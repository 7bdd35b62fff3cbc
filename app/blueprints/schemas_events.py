"""The API of the event log: what it takes and answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.blueprints import examples
from app.blueprints.converters import MAX_ID
from app.blueprints.schemas_input import Moment, PageQuery, without_nul
from app.inbox.ledger import Entry, Wanted
from app.models.states import Outcome

Id = Annotated[int, Field(ge=0, lt=MAX_ID)]
Kind = Annotated[
    str,
    BeforeValidator(without_nul),
    Field(max_length=100, description="As listed; “unknown” also finds “unknown:reaction”."),
]


class ScopeQuery(BaseModel):
    """Whose items: the workspace's, or with "installation" those that belong to none."""

    scope: Literal["installation"] | None = None


class EventQuery(PageQuery, ScopeQuery):
    """Which items of the log; "duplicate" also finds those whose body came more than once."""

    outcome: Outcome | None = None
    account_id: Id | None = None
    kind: Kind | None = None
    since: Moment | None = None
    until: Moment | None = None

    def wanted(self) -> Wanted:
        """Return the filters."""
        return Wanted(self.outcome, self.account_id, self.kind, self.since, self.until)


class ReplayInput(BaseModel):
    """Which items are applied again: a range of ids, an outcome, or what else narrows it down.

    Only items that are parked, failed, ignored or unroutable are. ``dry_run`` only counts them.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples.shown({"outcome": "failed", "from_id": 4000, "to_id": 5000}),
    )

    outcome: Literal["parked", "failed", "ignored", "unroutable"] | None = None
    account_id: Id | None = None
    kind: Kind | None = None
    since: Moment | None = None
    until: Moment | None = None
    from_id: Id | None = None
    to_id: Id | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _narrows(self) -> Self:
        if self.wanted() == Wanted():
            raise ValueError("say which items: a range of ids, an outcome, an account, a time")
        return self

    def wanted(self) -> Wanted:
        """Return the filters."""
        return Wanted(**self.model_dump(exclude={"dry_run"}))


class ReplayOut(BaseModel):
    """How many items wait to be applied again.

    ``rest_to`` is None where those were all; else give it as ``to_id`` to go on.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown({"count": 12, "rest_to": None}))

    count: int
    rest_to: int | None


class EventOut(BaseModel):
    """One item of a webhook body and what became of it.

    ``addressed_to`` is Meta's id of our account, ``received_count`` how often Meta delivered the
    body and ``duplicates`` how many of these deliveries changed nothing. ``source`` is "webhook",
    or "history" for what Inlet asked for itself. ``repaired`` names what was taken out of the
    text because no database takes it.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.EVENT))

    id: int
    account_id: int | None
    channel: str | None
    source: str
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
    repaired: str | None

    @classmethod
    def of(cls, entry: Entry, **more: Any) -> Self:
        """Return ``entry`` as shown."""
        event = entry.event
        return cls(
            id=event.id,
            account_id=event.account_id,
            channel=event.channel,
            source=entry.source,
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
            repaired=event.repaired,
            **more,
        )


class EventWithItem(EventOut):
    """One item as Meta sent it, secrets masked, without its body; None where it is unreadable."""

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
