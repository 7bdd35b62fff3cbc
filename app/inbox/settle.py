"""How a delivery ends, and what its message and conversation show then."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    FromClause,
    Integer,
    Text,
    and_,
    case,
    delete,
    select,
    update,
)
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.orm.interfaces import ORMOption

from app import clock
from app.channels import errors
from app.channels.faults import GraphFault
from app.inbox import waiting
from app.inbox.look_times import first_look
from app.inbox.versions import raise_workspaces
from app.models import (
    Attachment,
    CommunicationLog,
    Conversation,
    ConversationRead,
    Delivery,
    Message,
)
from app.models.base import BigId
from app.models.bulk import Columns, Row, run_with_rows
from app.models.outbox import DELIVERY_IS_OPEN
from app.models.states import (
    NEEDS_ATTENTION,
    DeliveryState,
    Direction,
    Evidence,
    MessageStatus,
)
from app.models.together import hand_in

PREVIEW_LENGTH = 200
ANOTHERS_PROOF = GraphFault("What seemed to prove this message was another one of the same text")
_CALLED = (DeliveryState.SENDING, DeliveryState.UNCONFIRMED)
_SET_WISE = {"synchronize_session": False}
_LOCKED = (
    select(Delivery)
    .join(Delivery.conversation)
    .join(Delivery.message)
    .options(contains_eager(Delivery.conversation), contains_eager(Delivery.message))
    # The conversation first, as everywhere, so that no two transactions wait for each other.
    .with_for_update(of=(Conversation, Delivery, Message), key_share=True)
)
_SHOWN: Columns = (
    ("id", BigId),
    ("position_at", BigInteger()),
    ("status", Text()),
    ("more", Integer()),
)


def locked(session: Session, *which: ColumnElement[bool]) -> Delivery | None:
    """Return a delivery with its message and conversation, all locked until commit, or None."""
    return session.scalar(_LOCKED.where(*which))


def all_locked(
    session: Session, ids: Collection[int], options: Sequence[ORMOption] = ()
) -> Sequence[Delivery]:
    """Return deliveries as :func:`locked` does, in the order of their conversations."""
    mine = _LOCKED.where(Delivery.id.in_(ids)).order_by(Delivery.conversation_id, Delivery.id)
    return session.scalars(mine.options(*options)).all()


def is_undecided(delivery: Delivery) -> bool:
    """Say whether evidence may still tell that the latest call went through."""
    return delivery.state == DeliveryState.SENDING or delivery.unconfirmed_at is not None


def confirm(
    session: Session,
    delivery: Delivery,
    external_id: str,
    at: datetime,
    by: Evidence = Evidence.ANSWER,
) -> None:
    """Settle a delivery as sent: Meta gave the message ``external_id``, as ``by`` tells.

    If an echo made a message of its own under that id meanwhile, that twin is taken back.
    """
    _take_back_twin(session, delivery.message, external_id)
    delivery.message.external_id = external_id
    delivery.message.sent_at = at
    _end(session, delivery, DeliveryState.SENT, None, by)


def accept(session: Session, delivery: Delivery) -> None:
    """Settle a delivery as sent on a person's word; its proof may still come, with Meta's id."""
    unconfirmed_at = delivery.unconfirmed_at
    delivery.message.sent_at = delivery.sending_at
    _end(session, delivery, DeliveryState.SENT, None, Evidence.PERSON)
    delivery.unconfirmed_at = unconfirmed_at


def fail(session: Session, delivery: Delivery, fault: GraphFault) -> None:
    """Settle a delivery as failed, with Meta's words, or ours where it never came to a call."""
    is_called, unconfirmed_at = delivery.state in _CALLED, delivery.unconfirmed_at
    _end(session, delivery, DeliveryState.FAILED, fault, Evidence.ANSWER if is_called else None)
    if not is_called:  # the proof of an earlier call may still come
        delivery.unconfirmed_at = unconfirmed_at


def leave_unconfirmed(session: Session, delivery: Delivery, fault: GraphFault) -> None:
    """Note that nobody knows whether the message was sent; evidence or a person settles it."""
    _end(session, delivery, DeliveryState.UNCONFIRMED, fault)
    delivery.unconfirmed_at = clock.now()
    delivery.next_look_at = first_look(delivery.sending_at, delivery.unconfirmed_at)


def discard(session: Session, delivery: Delivery) -> None:
    """Settle a delivery as given up by a person; the reason it had stays readable."""
    _show(session, delivery.message, MessageStatus.DISCARDED)
    delivery.state = DeliveryState.DISCARDED
    delivery.settled_at = clock.now()
    delivery.settled_by = Evidence.PERSON
    delivery.next_look_at = None


def requeue(session: Session, delivery: Delivery, next_try_at: datetime) -> None:
    """Put a delivery back into the queue, to be tried at ``next_try_at``."""
    delivery.sending_at = delivery.unconfirmed_at = None
    send_again(session, delivery, next_try_at)


def send_again(session: Session, delivery: Delivery, next_try_at: datetime) -> None:
    """Put a delivery back into the queue whose latest call may have gone through.

    That is on a person's word, or where the call after that one could not begin. The proof may
    still come before the next one begins.
    """
    _show(session, delivery.message, MessageStatus.QUEUED)
    delivery.state = DeliveryState.QUEUED
    delivery.next_try_at = next_try_at
    delivery.claimed_at = delivery.claimed_by = None
    delivery.next_look_at = delivery.settled_at = delivery.settled_by = None


def set_aside(session: Session, delivery: Delivery) -> None:
    """Hold one delivery, until something can be sent over its connection again."""
    if delivery.state in _CALLED:  # else the proof of an earlier call may still come
        delivery.sending_at = delivery.unconfirmed_at = None
    _show(session, delivery.message, MessageStatus.HELD)
    delivery.state = DeliveryState.HELD
    delivery.claimed_at = delivery.claimed_by = None


def start(session: Session, delivery: Delivery, at: datetime) -> None:
    """Note that the call to Meta begins ``at`` this moment."""
    delivery.state = DeliveryState.SENDING
    delivery.sending_at = at
    delivery.unconfirmed_at = None
    _show(session, delivery.message, MessageStatus.SENDING)


def hold(session: Session, account_ids: Sequence[int]) -> None:
    """Keep what waits in the queue of these accounts from being sent."""
    _move(session, account_ids, DeliveryState.QUEUED, DeliveryState.HELD)


def release(session: Session, account_ids: Sequence[int]) -> None:
    """Let what is held in the queue of these accounts be sent."""
    _move(session, account_ids, DeliveryState.HELD, DeliveryState.QUEUED)


def _move(
    session: Session, account_ids: Sequence[int], before: DeliveryState, after: DeliveryState
) -> None:
    """Give open deliveries, their messages and conversations another state, set-wise."""
    mine = Delivery.account_id.in_(account_ids)
    queued = select(Delivery.conversation_id).where(
        DELIVERY_IS_OPEN, Delivery.state == before, mine
    )
    conversations = sorted(set(session.scalars(queued)))
    if not conversations:
        return
    there = Conversation.id.in_(conversations)
    locked = select(Conversation.workspace_id).where(there).order_by(Conversation.id)
    workspaces = set(session.scalars(locked.with_for_update()))
    moved = update(Delivery).where(DELIVERY_IS_OPEN, Delivery.state == before, mine)
    session.execute(moved.values(state=after), execution_options=_SET_WISE)
    shown = select(Delivery.message_id).where(DELIVERY_IS_OPEN, Delivery.state == after, mine)
    messages = update(Message).where(Message.id.in_(shown)).values(status=after)
    session.execute(messages, execution_options=_SET_WISE)
    newest = update(Conversation).where(there, Conversation.preview_status == before)
    session.execute(newest.values(preview_status=after), execution_options=_SET_WISE)
    changed = update(Conversation).where(there).values(version=Conversation.version + 1)
    session.execute(changed, execution_options=_SET_WISE)
    raise_workspaces(session, workspaces)


def _end(
    session: Session,
    delivery: Delivery,
    state: DeliveryState,
    fault: GraphFault | None,
    by: Evidence | None = None,
) -> None:
    message = delivery.message
    message.error_code = fault.code if fault else None
    message.error_subcode = fault.subcode if fault else None
    message.error_message = fault.message if fault else None
    is_unsure = state == DeliveryState.UNCONFIRMED
    message.error_kind = errors.meaning(fault, unsure=is_unsure).name if fault else None
    _show(session, message, MessageStatus(state))
    delivery.state = state
    delivery.settled_at = clock.now()
    delivery.settled_by = by
    delivery.unconfirmed_at = delivery.next_look_at = None


def _show(session: Session, message: Message, status: MessageStatus) -> None:
    """Give the message its status, and its conversation what follows from it."""
    more = (status in NEEDS_ATTENTION) - (message.status in NEEDS_ATTENTION)
    is_other = (status in waiting.UNANSWERED) != (message.status in waiting.UNANSWERED)
    message.status = status
    there = message.conversation_id
    if is_other:
        hand_in(session, waiting.tell_anew, there, {"id": there})
    row = {"id": there, "position_at": message.position_at, "status": status, "more": more}
    hand_in(session, _write_shown, there, row)
    raise_workspaces(session, [message.workspace_id])


def _write_shown(session: Session, rows: Sequence[Row]) -> None:
    run_with_rows(session, _shown, _SHOWN, rows)


def _shown(given: FromClause) -> Executable:
    """Let conversations show the status of their newest message, and count what needs attention."""
    # A customer may have written in the same millisecond.
    is_ours = Conversation.preview_direction == Direction.OUTBOUND
    is_newest = and_(is_ours, Conversation.position_at == given.c.position_at)
    return (
        update(Conversation)
        .where(Conversation.id == given.c.id)
        .values(
            version=Conversation.version + 1,
            preview_status=case((is_newest, given.c.status), else_=Conversation.preview_status),
            attention_count=Conversation.attention_count + given.c.more,
        )
    )


def _take_back_twin(session: Session, message: Message, external_id: str) -> None:
    is_twin = (
        Message.account_id == message.account_id,
        Message.external_id == external_id,
        Message.id != message.id,
    )
    twin = session.scalar(select(Message.id).where(*is_twin))
    if twin is None:
        return
    session.flush()
    mistaken = session.scalar(select(Delivery).where(Delivery.message_id == twin))
    if mistaken is not None:
        # The same text twice: what proved one of them has turned out to be the other.
        mistaken.message.external_id = mistaken.message.sent_at = None
        leave_unconfirmed(session, mistaken, ANOTHERS_PROOF)
        session.flush()  # an id is one message's only: taken from the one before it is the other's
        return
    read = update(ConversationRead).where(ConversationRead.last_message_id == twin)
    session.execute(read.values(last_message_id=message.id))
    session.execute(delete(CommunicationLog).where(CommunicationLog.message_id == twin))
    session.execute(delete(Attachment).where(Attachment.message_id == twin))
    session.execute(delete(Message).where(Message.id == twin))
    _show_newest(session, message.conversation_id)


def _show_newest(session: Session, conversation_id: int) -> None:
    """Let the conversation show its newest message, after the one it showed is gone."""
    newest = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.position_at.desc(), Message.id.desc())
        .limit(1)
    ).one()
    shown = update(Conversation).where(Conversation.id == conversation_id)
    session.execute(
        shown.values(
            position_at=newest.position_at,
            last_message_at=newest.provider_at or newest.received_at,
            preview=(newest.text or "")[:PREVIEW_LENGTH],
            preview_direction=newest.direction,
            preview_kind=newest.kind,
            preview_status=newest.status,
        )
    )
