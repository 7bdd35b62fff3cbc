"""What really happened: the calls to Meta, and what stands on the customers' phones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app import clock
from app.channels.past import PastMessage
from tests.bodies import echo

if TYPE_CHECKING:
    from app.inbox.deliver import Call
    from tests.bodies import Item

PROVABLE = timedelta(minutes=4)
"""After its call began Meta takes a message so late at most; later it proves nothing."""


@dataclass(eq=False)
class Exchange:
    """One call to Meta. ``mid`` is the id that the message has on the phone, once it is there."""

    call: Call
    began_at: datetime
    mid: str | None = None
    took_at: datetime | None = None
    is_answered: bool = False
    is_refused: bool = False
    is_echoed: bool = False

    @property
    def delivery_id(self) -> int:
        return self.call.delivery_id

    @property
    def person(self) -> str:
        return self.call.out.to

    @property
    def text(self) -> str:
        return self.call.out.text

    @property
    def can_be_taken(self) -> bool:
        """Say whether Meta may still take the message."""
        is_over = self.is_refused or self.mid is not None
        return not is_over and clock.now() < self.began_at + PROVABLE

    def echo(self, mark: str | None) -> Item:
        """Return the item with which Meta tells that it has the message."""
        assert self.mid
        assert self.took_at
        return echo(self.mid, self.text, person=self.person, at=self.took_at, mark=mark)


@dataclass
class World:
    """All calls so far, and when people had a message sent again, by its delivery."""

    exchanges: list[Exchange] = field(default_factory=list)
    retried_at: dict[int, list[datetime]] = field(default_factory=dict)

    def begin(self, call: Call) -> None:
        """Take a call. A message of which nobody knows is sent again on a person's word only."""
        for earlier in self.of(call.delivery_id):
            asked = self.retried_at.get(call.delivery_id, [])
            assert earlier.is_refused or any(at > earlier.began_at for at in asked)
        self.exchanges.append(Exchange(call, clock.now()))

    def take(self, one: Exchange) -> None:
        """Put a message on the phone."""
        one.mid, one.took_at = f"x{self.exchanges.index(one)}", clock.now()

    def of(self, delivery_id: int) -> list[Exchange]:
        """Return the calls of a delivery, in their order."""
        return [one for one in self.exchanges if one.delivery_id == delivery_id]

    def taken(self) -> list[Exchange]:
        """Return the calls whose messages are on phones."""
        return [one for one in self.exchanges if one.mid]

    def phones(self) -> Counter[tuple[str, str]]:
        """Count what the phones show, by person and text."""
        return Counter((one.person, one.text) for one in self.taken())

    def past(self, person: str) -> list[PastMessage]:
        """Return the conversation with a person as Meta has it."""
        return [
            PastMessage(one.mid, one.took_at, person, by_us=True, text=one.text, raw={})
            for one in self.taken()
            if one.mid and one.took_at and one.person == person
        ]
