"""One item on its way to an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.channels.events import Event
from app.models.states import Outcome


class Account(NamedTuple):
    """What applying needs to know of one of our accounts."""

    id: int
    workspace_id: int
    channel: str


@dataclass(slots=True)
class Arrival:
    """An item of a webhook body: where it stands, what happened, and the outcome once it is known.

    ``path`` leads to the item in its body; ``channel`` is None where the webhook's object is none
    of ours. ``key`` is unique per message of an account: Meta's message id, or "item:" and a
    digest of the raw item where it has none, so that the same item in another batch has the same
    key. ``repaired`` names what no database takes and was taken out of it. ``event_id`` is that
    of its ExternalEvent, 0 until that is entered; ``entered`` is what stands there as outcome and
    reason.
    """

    log_id: int
    position: int
    path: str
    channel: str | None
    key: str
    event: Event
    verified_by: str
    received_at: datetime
    repaired: str | None = None
    event_id: int = 0
    entered: tuple[Outcome, str | None] | None = None
    account: Account | None = None
    outcome: Outcome = Outcome.PENDING
    reason: str | None = None
    next_try_at: datetime | None = None

    def settle(self, outcome: Outcome, reason: str | None = None) -> None:
        """Note what became of the item and why."""
        self.outcome = outcome
        self.reason = reason

    def wait(self, until: datetime, reason: str) -> None:
        """Park the item; it is looked at again ``until`` then."""
        self.settle(Outcome.PARKED, reason)
        self.next_try_at = until

    @property
    def is_open(self) -> bool:
        """Say whether the outcome is still to be found."""
        return self.outcome is Outcome.PENDING

    @property
    def moment(self) -> datetime:
        """Return when it happened: the provider's time, else when we received it."""
        return self.event.occurred_at or self.received_at
