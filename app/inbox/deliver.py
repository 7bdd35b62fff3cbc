"""Sending what was claimed: without holding the database, and settled in it again.

Assume that every step may run twice and may stop after any line. A delivery is ``sending`` in
the database before the call is made; whatever is found in that state later is unconfirmed, never
sent again by a machine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session, contains_eager

from app import clock
from app.channels import errors, registry
from app.channels.base import Credentials, Outgoing, Sent
from app.channels.faults import GraphFault, Retryable, SendError, Throttled, Unsure
from app.channels.graph import Graph
from app.crypto import WrongKeyError
from app.inbox import attempts, broken, pace, refusals, settle, slowing
from app.inbox.keyring import Keyring
from app.inbox.window import WindowState, window_for
from app.models import ChannelAccount, Conversation, Delivery, Integration
from app.models.database import persist
from app.models.states import DeliveryState

PATIENCE = 30.0
"""Seconds for which a step of a send is tried again while the database is away."""
MAX_TRIES = 8
NO_TOKEN = "Invalid access token: the integration has none"  # noqa: S105
CLOSED = GraphFault("The reply window closed while the message waited", code=10, subcode=2534022)

_CONVERSATION = contains_eager(Delivery.conversation)
_ALL_OF_IT = (
    _CONVERSATION.joinedload(Conversation.identity),
    _CONVERSATION.joinedload(Conversation.account).joinedload(ChannelAccount.integration),
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Call:
    """Everything a send needs, gathered so that no database connection is held during it.

    ``access_token`` is the one it is made with, as it is stored.
    """

    delivery_id: int
    attempt: int
    channel: str
    who: Credentials
    out: Outgoing
    integration_id: int
    access_token: str | None


@dataclass(frozen=True, slots=True)
class Dead:
    """Why nothing can be sent over an integration with the token that is stored."""

    integration_id: int
    access_token: str | None
    fault: GraphFault


def deliver(engine: Engine, graph: Graph, keyring: Keyring, delivery_id: int) -> None:
    """Send one claimed delivery and settle it; nobody but this call knows Meta's answer."""
    start = partial(begin, keyring=keyring, delivery_id=delivery_id)
    call = persist(engine, start, PATIENCE)
    if isinstance(call, Dead):
        _break_off(engine, call)
        call = persist(engine, start, PATIENCE)
    if not isinstance(call, Call):
        return
    began = time.monotonic()
    try:
        answer: Sent | SendError = registry.channel(call.channel).send(graph, call.who, call.out)
    except SendError as error:
        answer = error
    took = timedelta(seconds=time.monotonic() - began)
    if isinstance(answer, SendError) and refusals.is_unknown(answer):
        answer = _judged(engine, call, answer)
    if isinstance(answer, SendError) and broken.breaks_connection(answer, call.out.to):
        _break_off(engine, Dead(call.integration_id, call.access_token, answer.fault))
    persist(engine, partial(finish, call=call, answer=answer, took=took), PATIENCE)
    if wait := slowing.app_pause(answer, call.attempt):
        until = clock.now() + wait
        app = partial(slowing.pause_app, keyring=keyring, integration_id=call.integration_id)
        persist(engine, partial(app, until=until), PATIENCE)


def begin(session: Session, keyring: Keyring, delivery_id: int) -> Call | Dead | None:
    """Note that the call begins and return what it needs; None where there is nothing to call.

    Nothing to call: the delivery is not claimed any more, nothing can be sent over its connection
    (then it is held), or its window closed while it waited (then it fails with the reason).
    :class:`Dead`, and nothing is noted, where there is no token, or none that can be opened.
    """
    delivery = settle.locked(session, Delivery.id == delivery_id, options=_ALL_OF_IT)
    if delivery is None or delivery.state != DeliveryState.CLAIMED:
        return None
    conversation = delivery.conversation
    integration = conversation.account.integration
    if integration is None or not broken.can_send(integration):
        settle.set_aside(session, delivery)
        return None
    who = _credentials(keyring, integration)
    if isinstance(who, Dead):
        return who
    delivery.attempts += 1
    attempt = attempts.opened(delivery)
    session.add(attempt)
    state = window_for(conversation, clock.now()).state
    is_late = state == WindowState.HUMAN_AGENT
    if state == WindowState.CLOSED or (is_late and delivery.message.author_id is None):
        attempts.close(session, delivery, "failed", CLOSED)
        settle.fail(session, delivery, CLOSED)
        return None
    attempt.tag = "HUMAN_AGENT" if is_late else None
    attempt.endpoint = registry.channel(conversation.channel).endpoint(who)
    settle.start(session, delivery)
    text = delivery.message.text or ""
    return Call(
        delivery_id=delivery.id,
        attempt=delivery.attempts,
        channel=conversation.channel,
        who=who,
        out=Outgoing(conversation.identity.value, text, human_agent=is_late, mark=delivery.mark),
        integration_id=integration.id,
        access_token=integration.access_token,
    )


def finish(
    session: Session, call: Call, answer: Sent | SendError, took: timedelta | None = None
) -> None:
    """Settle a delivery by Meta's answer to a call, which ``took`` so long.

    An answer counts even if the delivery was given up as unconfirmed meanwhile, but not once an
    echo settled it or another attempt began. Once a person decided, only the proof that the
    message arrived counts.
    """
    delivery = settle.locked(session, Delivery.id == call.delivery_id)
    if delivery is None or delivery.attempts != call.attempt or not _counts(delivery, answer):
        log.warning("answer_came_too_late", delivery_id=call.delivery_id)
        return
    ended = partial(attempts.close, session, delivery, took=took)
    match answer:
        case Sent(external_id=external_id, usage=usage):
            if usage is not None:
                pace.note_usage(session, delivery.account_id, usage)
            ended("sent")
            settle.confirm(session, delivery, external_id, clock.now())
        case Unsure(fault=fault):
            ended("unconfirmed", fault)
            settle.leave_unconfirmed(session, delivery, fault)
        case Throttled(fault=fault):
            ended("throttled", fault)
            until = clock.now() + slowing.pause(answer, delivery.attempts)
            if errors.meaning(fault).scope != "conversation":
                pace.pause(session, [delivery.account_id], until)
            settle.requeue(session, delivery, until)
        case Retryable(fault=fault) if not attempts.is_last(session, delivery, most_tries(fault)):
            ended("retry", fault)
            until = clock.now() + slowing.pause(answer, delivery.attempts)
            settle.requeue(session, delivery, until)
        case SendError(fault=fault) if broken.breaks_connection(answer, call.out.to):
            ended("held", fault)
            _wait(session, delivery, call.integration_id)
        case SendError(fault=fault):
            ended("failed", fault)
            settle.fail(session, delivery, fault)
    log.info("send_settled", delivery_id=call.delivery_id, state=delivery.state)


def _counts(delivery: Delivery, answer: Sent | SendError) -> bool:
    if isinstance(answer, Sent):
        return settle.is_undecided(delivery)
    return delivery.state in (DeliveryState.SENDING, DeliveryState.UNCONFIRMED)


def most_tries(fault: GraphFault) -> int:
    """Return how often a message is tried that fails in passing, as ``fault`` tells."""
    return min(errors.meaning(fault).tries or MAX_TRIES, MAX_TRIES)


def _wait(session: Session, delivery: Delivery, integration_id: int) -> None:
    """Hold what was refused with its connection; where that was mended meanwhile, try again."""
    if broken.can_send(session.get_one(Integration, integration_id)):
        settle.requeue(session, delivery, clock.now())
    else:
        settle.set_aside(session, delivery)


def _judged(engine: Engine, call: Call, error: SendError) -> SendError:
    """Return an error that may be about one customer, or about all, as what it is taken for."""

    def step(session: Session) -> bool:
        return refusals.is_last_in_row(session, call.delivery_id, call.integration_id)

    return refusals.of_account(error) if persist(engine, step, PATIENCE) else error


def _break_off(engine: Engine, dead: Dead) -> None:
    step = partial(
        broken.break_off,
        integration_id=dead.integration_id,
        access_token=dead.access_token,
        fault=dead.fault,
    )
    persist(engine, step, PATIENCE)
    log.warning("connection_broken", integration_id=dead.integration_id, code=dead.fault.code)


def _credentials(keyring: Keyring, integration: Integration) -> Credentials | Dead:
    try:
        who = keyring.credentials(integration, sender_id(integration))
    except WrongKeyError as problem:
        fault = GraphFault(str(problem), name="secret-unreadable")
    else:
        if who is not None:
            return who
        fault = GraphFault(NO_TOKEN, name="no-token")
    return Dead(integration.id, integration.access_token, fault)


def sender_id(integration: Integration) -> str:
    """Return the id that sends: the Page's, or "me", which is whatever account the token is for.

    People often enter the Instagram account's id in both fields; a Page token refuses that one.
    """
    config = integration.config
    page, instagram = config.get("page_id"), config.get("instagram_page_id")
    if config.get("login") == "facebook" and page and page != instagram:
        return str(page)
    return "me"
