"""What a person decides about a message that failed, is unconfirmed or held."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy.orm import Session

from app import clock
from app.inbox import settle
from app.inbox.errors import Conflict, Filled, NotFound, Refused, Trouble
from app.inbox.steps import note
from app.models import Conversation, Delivery, Message
from app.models.states import DeliveryState, StepKind

STUCK = frozenset({DeliveryState.FAILED, DeliveryState.UNCONFIRMED})
CAN_BE_GIVEN_UP = STUCK | {DeliveryState.HELD}


def retry(
    session: Session, workspace_id: int, message_id: int, user_id: int | None = None
) -> Message:
    """Send a failed or unconfirmed message again, on a person's word, as a new attempt.

    ``user_id`` is who decides, None for a program. Raises :class:`NotFound`, :class:`Conflict`
    where the message is in no such state, and :class:`Refused` where its channel is switched off.
    """
    delivery = _stuck(session, workspace_id, message_id, _not_sent_again)
    check_switched_on(session.get_one(Conversation, delivery.conversation_id))
    note(session, delivery, StepKind.RETRIED, user_id)
    settle.send_again(session, delivery, clock.now())
    return delivery.message


def give_up(
    session: Session, workspace_id: int, message_id: int, user_id: int | None = None
) -> Message:
    """Discard a failed, unconfirmed or held message, on a person's word; it is never sent then.

    Raises as :func:`retry`.
    """
    delivery = _stuck(session, workspace_id, message_id, _not_discarded, CAN_BE_GIVEN_UP)
    note(session, delivery, StepKind.DISCARDED, user_id)
    settle.discard(session, delivery)
    return delivery.message


def arrived(
    session: Session, workspace_id: int, message_id: int, user_id: int | None = None
) -> Message:
    """Settle an unconfirmed message as sent: a person saw it. Raises as :func:`retry`."""
    delivery = _stuck(session, workspace_id, message_id, _not_settled, {DeliveryState.UNCONFIRMED})
    note(session, delivery, StepKind.ARRIVED, user_id)
    settle.accept(session, delivery)
    return delivery.message


def check_switched_on(conversation: Conversation) -> None:
    """Raise :class:`Refused` where the conversation's integration is switched off or removed."""
    integration = conversation.account.integration
    if integration is None or integration.deleted_at or not integration.is_enabled:
        raise Refused(_switched_off())


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
                explanation="Only a failed, an unconfirmed or a held message waits for a decision.",
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


def _switched_off() -> Trouble:
    return Trouble(
        message="The channel of this conversation is switched off.",
        explanation="Its integration is disabled or was removed, so nothing can be sent.",
        next_step="Ask an admin to enable or reconnect it.",
        page="connect-instagram.md",
    )
