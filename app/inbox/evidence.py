"""Which of our unconfirmed messages it is that Meta shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models import Delivery
from app.models.states import DeliveryState

TOLERANCE = timedelta(minutes=2)
"""How far Meta's clock may be from ours."""
LATEST = timedelta(minutes=5)
"""After the call began: a later message with the same text is somebody's own."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of the business as Meta shows it; ``mark`` is what came back with it, if any."""

    external_id: str
    text: str | None
    at: datetime
    mark: str | None = None


def proven(deliveries: Iterable[Delivery], seen: Seen) -> Delivery | None:
    """Return which of the undecided ``deliveries``, oldest first, ``seen`` is; None: none of them.

    A mark decides alone. Without one the text and the time do, and the oldest is taken; those
    about which a person decided come last.
    """
    in_turn = sorted(deliveries, key=lambda one: one.state != DeliveryState.UNCONFIRMED)
    return next((one for one in in_turn if _is_the_same(one, seen)), None)


def _is_the_same(delivery: Delivery, seen: Seen) -> bool:
    if seen.mark is not None:
        return seen.mark == delivery.mark
    began = delivery.sending_at
    if began is None or not began - TOLERANCE <= seen.at <= began + LATEST:
        return False
    return (delivery.message.text or "").strip() == (seen.text or "").strip()
