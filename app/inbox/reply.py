"""Answering a customer: the message and its delivery are stored in one transaction, then sent."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.channels import explain, registry
from app.channels.base import Channel
from app.channels.faults import GraphFault
from app.inbox.admission import check_may_send
from app.inbox.broken import can_send
from app.inbox.decisions import CAN_BE_REPLACED, give_up
from app.inbox.errors import Conflict, Filled, NotFound, Refused, Trouble
from app.inbox.places import next_place
from app.inbox.triage import clear_unread
from app.inbox.triage import locked as locked_conversation
from app.inbox.versions import raise_versions
from app.models import CommunicationLog, Conversation, Delivery, Lead, Message
from app.models.states import NEEDS_ATTENTION, DeliveryState, Direction, MessageStatus

MAX_CLIENT_ID = 200
SUMMARY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Author:
    """Who answers: ``user_id`` is None for a program; ``via`` is "inbox" or "api"."""

    workspace_id: int
    user_id: int | None
    via: str

    @property
    def is_person(self) -> bool:
        """Say whether a person wrote this, not a program."""
        return self.user_id is not None


@dataclass(frozen=True, slots=True)
class Reply:
    """The stored message of an answer; ``is_new`` is False where it was posted before."""

    message: Message
    is_new: bool


def reply(
    session: Session,
    author: Author,
    conversation_id: int,
    text: str,
    client_id: str | None,
    instead_of: int | None = None,
) -> Reply:
    """Queue an answer in a conversation of the author's workspace.

    Where Meta refuses the connection, it is held until somebody mends that.
    The same ``client_id`` and text again give the same message; it is unique in the workspace.
    ``instead_of`` is a message of the conversation that failed or is held: it is discarded.
    Raises :class:`NotFound`, :class:`Conflict` (the id was used for something else, the message
    to discard did not fail) and :class:`Refused` (empty, too long, window closed, channel
    switched off); nothing is stored then.
    """
    conversation = locked_conversation(session, author.workspace_id, conversation_id)
    text = _clean(text)
    earlier = _earlier(session, author.workspace_id, client_id)
    if earlier is not None:
        if (earlier.conversation_id, earlier.text) != (conversation.id, text):
            raise Conflict(_used_before())
        return Reply(earlier, is_new=False)
    check_may_send(conversation, is_person=author.is_person)
    _check_length(registry.channel(conversation.channel), text)
    message = _queue(session, author, conversation, text, client_id)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(_used_before()) from None
    _note(session, conversation, message)
    if instead_of is not None:
        given_up = give_up(
            session, author.workspace_id, instead_of, author.user_id, CAN_BE_REPLACED
        )
        if given_up.conversation_id != conversation.id:
            raise NotFound
    return Reply(message, is_new=True)


def _clean(text: str) -> str:
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text).strip()


def _earlier(session: Session, workspace_id: int, client_id: str | None) -> Message | None:
    if client_id is None:
        return None
    return session.scalar(
        select(Message).where(Message.workspace_id == workspace_id, Message.client_id == client_id)
    )


def _check_length(channel: Channel, text: str) -> None:
    if not text:
        raise Refused(
            Trouble(
                message="The message is empty.",
                explanation="There is nothing to send.",
                next_step="Write something first.",
            )
        )
    length = channel.limits.length(text)
    if length > channel.limits.text:
        raise Refused(
            Trouble(
                message=Filled(
                    "The message is too long: %(length)s of %(most)s bytes."
                    if channel.limits.text_unit == "bytes"
                    else "The message is too long: %(length)s of %(most)s characters.",
                    length=length,
                    most=channel.limits.text,
                ),
                explanation="The channel takes no longer text; an emoji or a letter outside "
                "English counts for two to four bytes.",
                next_step="Shorten it, or send it as two messages.",
                page="troubleshooting.md#too-long",
            )
        )


def _queue(
    session: Session, author: Author, conversation: Conversation, text: str, client_id: str | None
) -> Message:
    now = clock.now()
    is_held = not can_send(conversation.account.integration)
    message = Message(
        workspace_id=author.workspace_id,
        conversation_id=conversation.id,
        account_id=conversation.account_id,
        client_id=client_id,
        direction=Direction.OUTBOUND,
        kind="text",
        text=text,
        details={},
        status=MessageStatus.HELD if is_held else MessageStatus.QUEUED,
        author_id=author.user_id,
        via=author.via,
        position_at=next_place(session, conversation, now),
        received_at=now,
    )
    delivery = Delivery(
        workspace_id=author.workspace_id,
        conversation_id=conversation.id,
        account_id=conversation.account_id,
        state=DeliveryState.HELD if is_held else DeliveryState.QUEUED,
        next_try_at=now,
        message=message,
    )
    session.add_all([message, delivery])
    return message


def _note(session: Session, conversation: Conversation, message: Message) -> None:
    lead = select(Lead.id).where(
        Lead.contact_id == conversation.contact_id, Lead.closed_at.is_(None)
    )
    session.add(
        CommunicationLog(
            workspace_id=message.workspace_id,
            message_id=message.id,
            contact_id=conversation.contact_id,
            lead_id=session.scalar(lead),
            channel=conversation.channel,
            direction=Direction.OUTBOUND,
            summary=(message.text or "")[:SUMMARY_LENGTH],
            occurred_at=message.received_at,
        )
    )
    clear_unread(session, conversation)
    conversation.waiting_since = None
    conversation.position_at = message.position_at
    conversation.last_message_at = message.received_at
    conversation.preview = (message.text or "")[:SUMMARY_LENGTH]
    conversation.preview_direction = message.direction
    conversation.preview_kind = message.kind
    conversation.preview_status = message.status
    raise_versions(session, conversation.id, conversation.workspace_id)


def trouble_with(message: Message) -> Trouble | None:
    """Return why a message failed or is unconfirmed, and what to do; None where all is well."""
    if message.status not in (*NEEDS_ATTENTION, MessageStatus.DISCARDED):
        return None
    if message.error_message is None:
        return None
    fault = GraphFault(message.error_message, message.error_code, message.error_subcode)
    is_unsure = message.status == MessageStatus.UNCONFIRMED
    told = explain.recall(message.error_kind, fault, unsure=is_unsure)
    return Trouble(
        told.sentence,
        told.cause,
        told.next_step,
        told.page,
        fault.code,
        fault.subcode,
        told.kind,
    )


def _used_before() -> Trouble:
    return Trouble(
        message="This client_id was used for another message.",
        explanation="A client_id names one message of the workspace; with the same text in the "
        "same conversation it gives that message again.",
        next_step="Use a new client_id for a new message.",
        page="api.md#client-ids",
    )
