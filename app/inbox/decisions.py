"""What a person decides about a message that failed, is unconfirmed, or waits to be sent."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy.orm import Session

from app import clock
from app.inbox import settle
from app.inbox.admission import check_may_send
from app.inbox.errors import Conflict, Filled, NotFound, Trouble
from app.inbox.steps import note
from app.models import Delivery, Message
from app.models.states import DeliveryState, StepKind

STUCK = frozenset({DeliveryState.FAILED, DeliveryState.UNCONFIRMED})
CAN_BE_REPLACED = STUCK | {DeliveryState.HELD}
CAN_BE_GIVEN_UP = CAN_BE_REPLACED | {DeliveryState.QUEUED, DeliveryState.CLAIMED}


def retry(
    session: Session, workspace_id: int, message_id: int, user_id: int | None = None
) -> Message:
    """Send a failed or unconfirmed message again, on a person's word, as a new attempt.

    ``user_id`` is who decides, None for a program. Raises :class:`NotFound`, :class:`Conflict`
    where the message is in no such state, and :class:`Refused` where its channel is switched off
    or its customer may not be answered now.
    """
    delivery = _stuck(session, workspace_id, message_id, _not_sent_again)
    is_person = delivery.message.author_id is not None
    check_may_send(delivery.conversation, is_person=is_person)
    note(session, delivery, StepKind.RETRIED, user_id)
    settle.send_again(session, delivery, clock.now())
    return delivery.message


def give_up(
    session: Session,
    workspace_id: int,
    message_id: int,
    user_id: int | None = None,
    among: Collection[DeliveryState] = CAN_BE_GIVEN_UP,
) -> Message:
    """Discard a message that is not sent, on a person's word; it is never sent then.

    Also one that waits, for as long as its call has not begun, unless ``among`` leaves that out.
    Raises :class:`NotFound` and :class:`Conflict` as :func:`retry`.
    """
    delivery = _stuck(session, workspace_id, message_id, _not_discarded, among)
    note(session, delivery, StepKind.DISCARDED, user_id)
    settle.discard(session, delivery)
    return delivery.message


def arrived(
    session: Session, workspace_id: int, message_id: int, user_id: int | None = None
) -> Message:
    """Settle an unconfirmed message as sent: a person saw it. Raises as :func:`give_up`."""
    delivery = _stuck(session, workspace_id, message_id, _not_settled, {DeliveryState.UNCONFIRMED})
    note(session, delivery, StepKind.ARRIVED, user_id)
    settle.accept(session, delivery)
    return delivery.message


def _stuck(
    session: Session,
    workspace_id: int,
    message_id: int,
    refusal: Callable[[str], Filled],
    states: Collection[DeliveryState] = STUCK,
) -> Delivery:
    delivery = settle.locked(
        session, Delivery.message_id == message_id, Delivery.workspace_id == workspace_id
    )
    if delivery is None:
        raise NotFound
    if delivery.state not in states:
        raise Conflict(
            Trouble(
                message=refusal(delivery.message.status),
                explanation="It was sent, is on its way, or was decided on already.",
                next_step="Reload the conversation to see where it stands.",
            )
        )
    return delivery


def _not_sent_again(status: str) -> Filled:
    return Filled("This message cannot be sent again: it is %(status)s.", status=status)


def _not_discarded(status: str) -> Filled:
    return Filled("This message cannot be discarded: it is %(status)s.", status=status)


def _not_settled(status: str) -> Filled:
    return Filled("This message cannot be settled: it is %(status)s.", status=status)
