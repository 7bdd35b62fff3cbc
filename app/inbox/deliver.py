"""Sending what is due: claimed in the database, sent without holding it, settled in it again.

Assume that every step may run twice and may stop after any line. A delivery is ``sending`` in
the database before the call is made; whatever is found in that state later is unconfirmed, never
sent again by a machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Engine, Select, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from app import clock
from app.channels import registry
from app.channels.base import (
    Credentials,
    GraphFault,
    Outgoing,
    Retryable,
    SendError,
    Sent,
    Throttled,
    Unsure,
)
from app.channels.graph import Graph
from app.crypto import WrongKeyError
from app.inbox import settle
from app.inbox.keyring import Keyring
from app.inbox.window import WindowState, window_for
from app.models import Conversation, Delivery, DeliveryAttempt, Integration
from app.models.database import persist
from app.models.outbox import DELIVERY_IS_OPEN, DELIVERY_IS_QUEUED
from app.models.states import DeliveryState

UNCONFIRMED_BLOCKS = timedelta(seconds=60)
STALE_CLAIM = timedelta(seconds=15)
STALE_SENDING = timedelta(seconds=25)
PATIENCE = 30.0
"""Seconds for which a step of a send is tried again while the database is away."""
MAX_TRIES = 8
NO_TOKEN = "Invalid access token: the integration has none"  # noqa: S105

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Call:
    """Everything a send needs, gathered so that no database connection is held during it."""

    delivery_id: int
    attempt: int
    channel: str
    who: Credentials
    out: Outgoing


def claim(session: Session, limit: int, claimed_by: str) -> list[int]:
    """Take up to ``limit`` due deliveries and return their ids, oldest first.

    A delivery waits for the earlier ones of its conversation: queued, held, claimed and sending
    ones block, unconfirmed ones for a minute; failed and discarded ones do not.
    """
    now = clock.now()
    due = session.scalars(_due(now).limit(limit)).all()
    if not due:
        return []
    take = update(Delivery).where(Delivery.id.in_(due), Delivery.state == DeliveryState.QUEUED)
    taken = session.scalars(
        take.values(state=DeliveryState.CLAIMED, claimed_at=now, claimed_by=claimed_by).returning(
            Delivery.id
        ),
        execution_options={"synchronize_session": False},
    )
    return sorted(taken)


def is_due(session: Session) -> bool:
    """Say whether anything could be claimed now."""
    return session.scalar(_due(clock.now()).limit(1)) is not None


def deliver(engine: Engine, graph: Graph, keyring: Keyring, delivery_id: int) -> None:
    """Send one claimed delivery and settle it; nobody but this call knows Meta's answer."""
    start = partial(begin, keyring=keyring, delivery_id=delivery_id)
    call = persist(engine, start, PATIENCE)
    if call is None:
        return
    try:
        answer: Sent | SendError = registry.channel(call.channel).send(graph, call.who, call.out)
    except SendError as error:
        answer = error
    persist(engine, partial(finish, call=call, answer=answer), PATIENCE)


def begin(session: Session, keyring: Keyring, delivery_id: int) -> Call | None:
    """Note that the call begins and return what it needs; None where there is nothing to call.

    Nothing to call: the delivery is not claimed any more, its channel was switched off (then it
    is held), it has no token, or its window closed while it waited (then it fails with the
    reason).
    """
    delivery = settle.locked(session, Delivery.id == delivery_id)
    if delivery is None or delivery.state != DeliveryState.CLAIMED:
        return None
    conversation = session.get_one(Conversation, delivery.conversation_id)
    integration = conversation.account.integration
    if integration and not integration.is_enabled and not integration.deleted_at:
        settle.set_aside(session, delivery)
        return None
    delivery.attempts += 1
    attempt = _attempt(delivery)
    session.add(attempt)
    obstacle, call = _gather(keyring, delivery, conversation, integration)
    if call is None:
        _close(attempt, "failed", obstacle)
        settle.fail(session, delivery, obstacle)
        return None
    attempt.tag = "HUMAN_AGENT" if call.out.human_agent else None
    settle.start(session, delivery)
    return call


def finish(session: Session, call: Call, answer: Sent | SendError) -> None:
    """Settle a delivery by Meta's answer to a call.

    An answer counts even if the delivery was given up as unconfirmed meanwhile, but not once an
    echo settled it or a person began another attempt.
    """
    delivery = settle.locked(session, Delivery.id == call.delivery_id)
    waiting = (DeliveryState.SENDING, DeliveryState.UNCONFIRMED)
    if delivery is None or delivery.state not in waiting or delivery.attempts != call.attempt:
        log.warning("answer_came_too_late", delivery_id=call.delivery_id)
        return
    attempt = _latest_attempt(session, delivery)
    match answer:
        case Sent(external_id=external_id):
            _close(attempt, "sent", None)
            settle.confirm(session, delivery, external_id, clock.now())
        case Unsure(fault=fault):
            _close(attempt, "unconfirmed", fault)
            settle.leave_unconfirmed(session, delivery, fault)
        case Retryable(fault=fault) if delivery.attempts < MAX_TRIES:
            _close(attempt, "retry", fault)
            settle.requeue(session, delivery, clock.now() + pause(answer, delivery.attempts))
        case SendError(fault=fault):
            _close(attempt, "failed", fault)
            settle.fail(session, delivery, fault)
    log.info("send_settled", delivery_id=call.delivery_id, state=delivery.state)


def pause(error: SendError, attempts: int) -> timedelta:
    """Return how long to wait before the next try, longer each time.

    What Meta asked for counts where it asks for more.
    """
    base, longest = (15, 900) if isinstance(error, Throttled) else (2, 300)
    seconds = float(min(base * 2 ** (attempts - 1), longest))
    return timedelta(seconds=max(seconds, min(error.fault.retry_after or 0.0, 3600.0)))


def is_stuck(session: Session) -> bool:
    """Say whether a dead worker left anything behind."""
    now = clock.now()
    stale = or_(
        and_(Delivery.state == DeliveryState.CLAIMED, Delivery.claimed_at < now - STALE_CLAIM),
        and_(Delivery.state == DeliveryState.SENDING, Delivery.sending_at < now - STALE_SENDING),
    )
    query = select(Delivery.id).where(DELIVERY_IS_OPEN, stale).limit(1)
    return session.scalar(query) is not None


def recover(session: Session) -> int:
    """Free what a dead worker left behind and return how many deliveries that were.

    A stale claim goes back to the queue: its call never began. A stale send becomes unconfirmed.
    """
    now = clock.now()
    stale = session.scalars(
        select(Delivery.id)
        .where(
            DELIVERY_IS_OPEN,
            Delivery.state == DeliveryState.SENDING,
            Delivery.sending_at < now - STALE_SENDING,
        )
        .order_by(Delivery.conversation_id)  # locked in the order in which the drain locks them
    ).all()
    lost = GraphFault("The worker stopped before Meta's answer was noted")
    for delivery_id in stale:
        delivery = settle.locked(session, Delivery.id == delivery_id)
        if delivery is None or delivery.state != DeliveryState.SENDING:
            continue
        _close(_latest_attempt(session, delivery), "unconfirmed", lost)
        settle.leave_unconfirmed(session, delivery, lost)
    claims = update(Delivery).where(
        DELIVERY_IS_OPEN,
        Delivery.state == DeliveryState.CLAIMED,
        Delivery.claimed_at < now - STALE_CLAIM,
    )
    freed = session.execute(
        claims.values(state=DeliveryState.QUEUED, claimed_at=None, claimed_by=None),
        execution_options={"synchronize_session": False},
    )
    return len(stale) + freed.rowcount  # type: ignore[attr-defined,no-any-return]


def _due(now: datetime) -> Select[int]:
    earlier = aliased(Delivery)
    blocks = or_(
        earlier.state.in_(
            [
                DeliveryState.QUEUED,
                DeliveryState.HELD,
                DeliveryState.CLAIMED,
                DeliveryState.SENDING,
            ]
        ),
        and_(
            earlier.state == DeliveryState.UNCONFIRMED,
            earlier.unconfirmed_at > now - UNCONFIRMED_BLOCKS,
        ),
    )
    return (
        select(Delivery.id)
        .where(
            DELIVERY_IS_QUEUED,
            Delivery.next_try_at <= now,
            ~exists().where(
                earlier.conversation_id == Delivery.conversation_id,
                earlier.id < Delivery.id,
                blocks,
            ),
        )
        .order_by(Delivery.id)
    )


def _gather(
    keyring: Keyring,
    delivery: Delivery,
    conversation: Conversation,
    integration: Integration | None,
) -> tuple[GraphFault, Call | None]:
    try:
        who = integration and keyring.credentials(integration, sender_id(integration))
    except WrongKeyError as problem:
        return GraphFault(str(problem)), None
    if integration is None or not who:
        return GraphFault(NO_TOKEN, code=190), None
    window = window_for(conversation, clock.now())
    if window.state == WindowState.CLOSED:
        closed = "The reply window closed while the message waited"
        return GraphFault(closed, code=10, subcode=2534022), None
    out = Outgoing(
        to=conversation.identity.value,
        text=delivery.message.text or "",
        human_agent=window.state == WindowState.HUMAN,
    )
    return GraphFault(""), Call(delivery.id, delivery.attempts, conversation.channel, who, out)


def sender_id(integration: Integration) -> str:
    """Return the id that sends: the Page's, or "me", which is whatever account the token is for.

    People often enter the Instagram account's id in both fields; a Page token refuses that one.
    """
    config = integration.config
    page, instagram = config.get("page_id"), config.get("instagram_page_id")
    if config.get("login") == "facebook" and page and page != instagram:
        return str(page)
    return "me"


def _attempt(delivery: Delivery) -> DeliveryAttempt:
    return DeliveryAttempt(
        workspace_id=delivery.workspace_id,
        delivery_id=delivery.id,
        number=delivery.attempts,
        outcome="sending",
        started_at=clock.now(),
    )


def _latest_attempt(session: Session, delivery: Delivery) -> DeliveryAttempt:
    return session.scalars(
        select(DeliveryAttempt).where(
            DeliveryAttempt.delivery_id == delivery.id,
            DeliveryAttempt.number == delivery.attempts,
        )
    ).one()


def _close(attempt: DeliveryAttempt, outcome: str, fault: GraphFault | None) -> None:
    attempt.outcome = outcome
    attempt.finished_at = clock.now()
    if fault is not None:
        attempt.http_status = fault.http_status
        attempt.code, attempt.subcode = fault.code, fault.subcode
        attempt.error_message = fault.message
        attempt.trace_id = fault.trace_id
