"""What customers wrote beside what the inbox holds, and what agents sent beside the phones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from tests.journeys.house import Line


@dataclass
class Verdict:
    """Counts of messages; everything but the first lines of each half is to be 0.

    ``unconfirmed`` are those of which only a person can say whether they arrived, ``failed``
    those that were given up with a reason.
    """

    written: int = 0
    lost: int = 0
    doubled_in_inbox: int = 0
    out_of_order_in_inbox: int = 0
    answered: int = 0
    on_phones: int = 0
    sent_but_not_on_phone: int = 0
    doubled_on_phones: int = 0
    out_of_order_on_phones: int = 0
    not_in_inbox: int = 0
    unconfirmed: int = 0
    failed: int = 0
    unsettled: int = 0

    @property
    def is_clean(self) -> bool:
        """Say whether nothing was lost, doubled, moved or left open."""
        bad = (
            self.lost, self.doubled_in_inbox, self.out_of_order_in_inbox,
            self.sent_but_not_on_phone, self.doubled_on_phones, self.out_of_order_on_phones,
            self.not_in_inbox, self.failed, self.unsettled,
        )  # fmt: skip
        return not any(bad)

    def __add__(self, other: Verdict) -> Verdict:
        """Return the sums."""
        names = [field.name for field in fields(self)]
        return Verdict(**{name: getattr(self, name) + getattr(other, name) for name in names})


def verdict(
    thread: Sequence[Line],
    written: Sequence[str],
    answered: Sequence[str],
    phone: Sequence[str],
    tried_again: Container[str] = (),
) -> Verdict:
    """Compare one conversation of the inbox with what was written to it and in it.

    ``written`` are the customer's texts and ``answered`` the agents', in order and each once;
    ``phone`` is what the customer's phone received. What a person had ``tried_again`` arrives
    later than its place in the inbox says.
    """
    inbound = [line.text or "" for line in thread if line.direction == "inbound"]
    outbound = [line for line in thread if line.direction == "outbound"]
    ours = [line.text or "" for line in outbound]
    sent = [line.text or "" for line in outbound if line.status in {"sent", "delivered", "read"}]
    unsure = [line.text or "" for line in outbound if line.status == "unconfirmed"]
    in_turn = [text for text in phone if text not in unsure and text not in tried_again]
    failed = [line for line in outbound if line.status == "failed"]
    return Verdict(
        written=len(written),
        lost=len(set(written) - set(inbound)),
        doubled_in_inbox=_doubled(inbound),
        out_of_order_in_inbox=_moved(inbound, written),
        answered=len(answered),
        on_phones=len(set(phone)),
        sent_but_not_on_phone=len(set(sent) - set(phone)),
        doubled_on_phones=_doubled(phone),
        out_of_order_on_phones=_moved(in_turn, sent),
        not_in_inbox=len(set(answered) - set(ours)) + _doubled(ours),
        unconfirmed=len(unsure),
        failed=len(failed),
        unsettled=len(outbound) - len(sent) - len(unsure) - len(failed),
    )


def _doubled(texts: Sequence[str]) -> int:
    return sum(count - 1 for count in Counter(texts).values())


def _moved(texts: Sequence[str], right: Sequence[str]) -> int:
    """Return how many of ``texts`` follow one that belongs behind them."""
    places = {text: place for place, text in enumerate(right)}
    known = [places[text] for text in texts if text in places]
    return sum(after < before for before, after in pairwise(known))
