"""Messages that come after later ones of their conversation: who waits then, and what is unread.

However webhooks come, they end in the same state. What stands in the thread from the earliest
latecomer on is read again; what came in order is never looked at twice. So a message that comes
late costs reading the rest of its thread, once for each batch that holds such a one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Executable, FromClause, select
from sqlalchemy.orm import Session

from app.inbox.ingest.threads import Thread
from app.inbox.waiting import UNANSWERED
from app.models import Message
from app.models.base import BigId
from app.models.bulk import Columns, run_with_rows
from app.models.states import Direction

PLACE: Columns = (("conversation_id", BigId), ("position_at", BigInteger()))


class _Placed(NamedTuple):
    """A message as it stands in its thread."""

    conversation_id: int
    id: int
    position_at: int
    is_inbound: bool
    status: str
    via: str | None
    provider_at: datetime | None
    received_at: datetime

    @property
    def is_answer(self) -> bool:
        """Say whether the customer got it, or will."""
        return not self.is_inbound and self.status not in UNANSWERED

    @property
    def since(self) -> datetime:
        """Return since when its customer waits; Meta's clock may be ahead of ours."""
        return min(self.provider_at or self.received_at, self.received_at)


def put_right(session: Session, threads: Iterable[Thread], new: Collection[int]) -> None:
    """Correct the threads in which messages came late; ``new`` are the ids of this batch's."""
    late = [thread for thread in threads if thread.late_from is not None]
    if not late:
        return
    edges = [{"conversation_id": one.id, "position_at": one.late_from} for one in late]
    after: defaultdict[int, list[_Placed]] = defaultdict(list)
    for row in run_with_rows(session, _from_there, PLACE, edges):
        after[row.conversation_id].append(_Placed(*row))
    for thread in late:
        _let_wait(thread, after[thread.id])
        _count_unread(thread, after[thread.id], new)


def _let_wait(thread: Thread, after: Sequence[_Placed]) -> None:
    """Let the customer wait since their first message after the last answer."""
    answered = max((one.position_at for one in after if one.is_answer), default=0)
    unanswered = [one for one in after if one.is_inbound and one.position_at > answered]
    moments = [one.since for one in unanswered[:1]]
    if not answered and thread.waited_since:
        moments.append(thread.waited_since)
    thread.waiting_since = min(moments, default=None)


def _count_unread(thread: Thread, after: Sequence[_Placed], new: Collection[int]) -> None:
    """Count what nobody has seen: whoever answered in another app saw all that stood before.

    Who answered here saw what was here then, so a message that comes later is unread wherever it
    stands.
    """
    answers = [one for one in after if not one.is_inbound]
    elsewhere = max((one.position_at for one in answers if one.via == "app"), default=0)
    here = max((one.id for one in answers if one.via != "app"), default=0)
    unseen = [
        one for one in after if one.is_inbound and one.position_at > elsewhere and one.id > here
    ]
    thread.unread_count = thread.unread_before + sum(one.id in new for one in unseen)
    if answers:
        thread.unread_count = min(thread.unread_count, len(unseen))


def _from_there(given: FromClause) -> Executable:
    columns: Any = Message.__table__.c
    return (
        select(
            columns.conversation_id,
            columns.id,
            columns.position_at,
            columns.direction == Direction.INBOUND,
            columns.status,
            columns.via,
            columns.provider_at,
            columns.received_at,
        )
        .join(given, given.c.conversation_id == columns.conversation_id)
        .where(columns.position_at >= given.c.position_at)
        .order_by(columns.conversation_id, columns.position_at, columns.id)
    )
