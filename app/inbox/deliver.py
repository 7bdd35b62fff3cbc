"""Sending what was claimed: without holding the database, and settled in it again.

Assume that every step may run twice and may stop after any line. A delivery is ``sending`` in
the database before the call is made; whatever is found in that state later is unconfirmed, never
sent again by a machine.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

import structlog
from sqlalchemy.orm import Session, contains_eager

from app import clock
from app.channels import errors, registry
from app.channels.base import Credentials, Outgoing, Sent
from app.channels.faults import GraphFault, Retryable, SendError, Throttled, Unsure
from app.crypto import WrongKeyError
from app.inbox import attempts, broken, expiry, pace, settle, slowing
from app.inbox.keyring import Keyring
from app.inbox.window import WindowState, window_for
from app.models import ChannelAccount, Conversation, Delivery, Integration
from app.models.states import DeliveryState
from app.models.together import together

MAX_TRIES = 8
NO_TOKEN = "Invalid access token: the integration has none"  # noqa: S105

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
    conversation_id: int
    channel: str
    who: Credentials
    out: Outgoing
    integration_id: int
    access_token: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A call with Meta's answer to it; ``took`` is how long that was, where it is known."""

    call: Call
    answer: Sent | SendError
    took: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """Why nothing can be sent over an integration with the token that is stored."""

    integration_id: int
    access_token: str | None
    fault: GraphFault


def begin(
    session: Session, keyring: Keyring, delivery_ids: Collection[int], at: datetime
) -> list[Call | Dead]:
    """Note that the calls of claimed deliveries begin ``at`` a moment and return what they need.

    There is nothing to call where the delivery is not claimed any more, where nothing can be sent
    over its connection (then it is held), or where its window closed while it waited (then it
    fails with the reason). :class:`Dead`, and nothing is noted, where there is no token, or none
    that can be opened. Who runs this again with the same ``at``, a moment nobody else has, because
    they never heard of its commit, gets the same calls.
    """
    with together(session):
        claimed = settle.all_locked(session, delivery_ids, options=_ALL_OF_IT)
        found = [_begin(session, keyring, delivery, at) for delivery in claimed]
    return [one for one in found if one is not None]


def _begin(
    session: Session, keyring: Keyring, delivery: Delivery, at: datetime
) -> Call | Dead | None:
    if delivery.state == DeliveryState.SENDING and delivery.sending_at == at:
        return _call(keyring, delivery, delivery.attempts, at)
    if delivery.state != DeliveryState.CLAIMED:
        return None
    if not broken.can_send(delivery.conversation.account.integration):
        settle.set_aside(session, delivery)
        return None
    if expiry.is_over(delivery, at):
        expiry.fail(session, delivery)
        return None
    call = _call(keyring, delivery, delivery.attempts + 1, at)
    if not isinstance(call, Call):
        return call
    delivery.attempts = call.attempt
    attempt = attempts.opened(delivery)
    session.add(attempt)
    attempt.tag = "HUMAN_AGENT" if call.out.human_agent else None
    attempt.endpoint = registry.channel(call.channel).endpoint(call.who)
    settle.start(session, delivery, at)
    return call


def _call(keyring: Keyring, delivery: Delivery, attempt: int, at: datetime) -> Call | Dead | None:
    conversation = delivery.conversation
    integration = conversation.account.integration
    if integration is None:
        return None
    who = _credentials(keyring, integration)
    if isinstance(who, Dead):
        return who
    text, to = delivery.message.text or "", conversation.identity.value
    is_late = window_for(conversation, at).state == WindowState.HUMAN_AGENT
    return Call(
        delivery_id=delivery.id,
        attempt=attempt,
        conversation_id=conversation.id,
        channel=conversation.channel,
        who=who,
        out=Outgoing(to, text, human_agent=is_late, mark=delivery.mark),
        integration_id=integration.id,
        access_token=integration.access_token,
    )


def not_begun(session: Session, delivery_id: int, problem: str) -> None:
    """Note that the call of a claimed delivery could not begin, by a mistake named ``problem``.

    It is tried again as after a failure in passing, and in the end fails.
    """
    delivery = settle.locked(session, Delivery.id == delivery_id)
    if delivery is None or delivery.state != DeliveryState.CLAIMED:
        return
    fault = GraphFault(f"The call could not begin: {problem}", name="not-begun")
    delivery.attempts += 1
    session.add(attempts.opened(delivery))
    session.flush()
    if attempts.is_last(session, delivery, most_tries(fault)):
        attempts.close(session, delivery, "failed", fault)
        settle.fail(session, delivery, fault)
    else:
        attempts.close(session, delivery, "retry", fault)
        until = clock.now() + slowing.pause(Retryable(fault), delivery.attempts)
        settle.send_again(session, delivery, until)


def finish(session: Session, answered: Collection[Answered]) -> None:
    """Settle deliveries by Meta's answers to their calls.

    An answer counts even if the delivery was given up as unconfirmed meanwhile, but not once an
    echo settled it or another call began. Once a person decided, only the proof that the message
    arrived counts.
    """
    latest: dict[int, Answered] = {}
    for one in sorted(answered, key=lambda one: one.call.attempt):
        latest[one.call.delivery_id] = one
    with together(session):
        locked = settle.all_locked(session, latest.keys())
        # By account, so that no two transactions wait for each other's buckets.
        for delivery in sorted(locked, key=attrgetter("account_id")):
            _finish(session, delivery, latest[delivery.id])


def _finish(session: Session, delivery: Delivery, answered: Answered) -> None:
    if not _counts(delivery, answered):
        log.warning("answer_came_too_late", delivery_id=delivery.id)
        return
    call, answer = answered.call, answered.answer
    ended = partial(attempts.close, session, delivery, number=call.attempt, took=answered.took)
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


def _counts(delivery: Delivery, answered: Answered) -> bool:
    is_latest = answered.call.attempt == delivery.attempts
    if isinstance(answered.answer, Sent):
        # A later try may have been counted that never came to a call.
        is_called_again = not is_latest and delivery.state == DeliveryState.SENDING
        return settle.is_undecided(delivery) and not is_called_again
    return is_latest and delivery.state in (DeliveryState.SENDING, DeliveryState.UNCONFIRMED)


def most_tries(fault: GraphFault) -> int:
    """Return how often a message is tried that fails in passing, as ``fault`` tells."""
    return min(errors.meaning(fault).tries or MAX_TRIES, MAX_TRIES)


def _wait(session: Session, delivery: Delivery, integration_id: int) -> None:
    """Hold what was refused with its connection; where that was mended meanwhile, try again."""
    if broken.can_send(session.get_one(Integration, integration_id)):
        settle.requeue(session, delivery, clock.now())
    else:
        settle.set_aside(session, delivery)


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
