"""Messages that come back as echoes: ours, or written by a colleague in another app.

An echo may arrive before the answer to our own send. So an echo with an unknown id waits while
a delivery of its conversation is being sent, at most a minute; then the id decides. Mark, text
and time settle only what is undecided, the oldest first, each echo once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Executable, FromClause, Text, select, union
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.channels.events import MessageEchoed
from app.inbox.evidence import Seen, proven
from app.inbox.ingest.arrival import Arrival
from app.inbox.ingest.people import Person
from app.inbox.ingest.threads import Thread
from app.inbox.settle import confirm
from app.inbox.steps import note
from app.models import Delivery, Message
from app.models.base import BigId
from app.models.bulk import Columns, run_with_rows
from app.models.outbox import DELIVERY_IS_OPEN, DELIVERY_IS_UNDECIDED
from app.models.states import DeliveryState, Evidence, Outcome, StepKind

WAIT = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=1)
MESSAGE_IDS: Columns = (("account_id", BigId), ("external_id", Text()))


def settle_echoes(
    session: Session, echoes: Sequence[Arrival], threads: dict[Person, Thread]
) -> list[Arrival]:
    """Settle the echoes of messages we know, and return those of messages we do not.

    The returned ones were written elsewhere and are still to be stored.
    """
    known = _known_ids(session, echoes)
    pending = [echo for echo in echoes if not _settle_known(echo, known)]
    open_deliveries = _open_deliveries(session, pending, threads)
    return [
        echo
        for echo in pending
        if not _settle_unknown(session, echo, open_deliveries.get(_thread_id(echo, threads), []))
    ]


def _settle_known(echo: Arrival, known: set[tuple[int, str]]) -> bool:
    assert echo.account is not None  # noqa: S101 - routed before
    if (echo.account.id, echo.key) not in known:
        return False
    echo.settle(Outcome.APPLIED, "echo of a message that is already here")
    return True


def _settle_unknown(session: Session, echo: Arrival, deliveries: list[Delivery]) -> bool:
    now = clock.now()
    in_flight = any(one.state == DeliveryState.SENDING for one in deliveries)
    if in_flight and now - echo.received_at < WAIT:
        echo.wait(now + LOOK_AGAIN, "waiting for the answer to a send of this conversation")
        return True
    twin = _proven(deliveries, echo)
    if twin is None:
        return False
    deliveries.remove(twin)
    confirm(session, twin, echo.key, echo.moment, Evidence.ECHO)
    note(session, twin, StepKind.ECHOED)
    echo.settle(Outcome.APPLIED, "confirmed a send whose answer was lost")
    return True


def _proven(deliveries: Sequence[Delivery], echo: Arrival) -> Delivery | None:
    event = echo.event
    if not isinstance(event, MessageEchoed):
        return None
    undecided = [one for one in deliveries if one.unconfirmed_at]
    return proven(undecided, Seen(echo.key, event.text, echo.moment, event.mark))


def _thread_id(echo: Arrival, threads: dict[Person, Thread]) -> int:
    assert echo.account is not None  # noqa: S101 - routed before
    return threads[echo.account, echo.event.person or ""].id


def _known_ids(session: Session, echoes: Sequence[Arrival]) -> set[tuple[int, str]]:
    asked = [
        {"account_id": echo.account.id, "external_id": echo.key} for echo in echoes if echo.account
    ]
    if not asked:
        return set()
    found = run_with_rows(session, _with_these_ids, MESSAGE_IDS, asked)
    return {(account_id, external_id or "") for account_id, external_id in found}


def _with_these_ids(given: FromClause) -> Executable:
    return select(Message.account_id, Message.external_id).join(
        given,
        (Message.account_id == given.c.account_id) & (Message.external_id == given.c.external_id),
    )


def _open_deliveries(
    session: Session, echoes: Sequence[Arrival], threads: dict[Person, Thread]
) -> dict[int, list[Delivery]]:
    if not echoes:
        return {}
    there = Delivery.conversation_id.in_({_thread_id(echo, threads) for echo in echoes})
    sending = Delivery.state == DeliveryState.SENDING
    found_by_index = union(
        select(Delivery.id).where(DELIVERY_IS_OPEN, sending, there),
        select(Delivery.id).where(DELIVERY_IS_UNDECIDED, there),
    )
    query = (
        select(Delivery)
        .where(Delivery.id.in_(found_by_index))
        .options(joinedload(Delivery.message))
        .order_by(Delivery.id)
    )
    found: dict[int, list[Delivery]] = {}
    for delivery in session.scalars(query):
        found.setdefault(delivery.conversation_id, []).append(delivery)
    return found
