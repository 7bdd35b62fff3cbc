"""Working on a conversation without writing to the customer: status, assignee, mark-read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.inbox.counters import count_unread
from app.inbox.errors import NotFound, Refused, Trouble
from app.inbox.versions import raise_versions
from app.models import Conversation, Membership, User
from app.models.states import ConversationStatus


def locked(session: Session, workspace_id: int, conversation_id: int) -> Conversation:
    """Return a conversation of the workspace, locked until commit. Raises :class:`NotFound`."""
    found = session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id, Conversation.workspace_id == workspace_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found


def set_status(
    session: Session,
    conversation: Conversation,
    status: ConversationStatus,
    snoozed_until: datetime | None = None,
) -> None:
    """Say where the work stands; ``snoozed`` alone has a time, which must be ahead.

    Raises :class:`Refused`.
    """
    is_snoozed = status is ConversationStatus.SNOOZED
    if is_snoozed and (snoozed_until is None or snoozed_until <= clock.now()):
        raise Refused(_no_snooze_time())
    if not is_snoozed and snoozed_until is not None:
        raise Refused(_not_snoozed())
    conversation.status = status
    conversation.snoozed_until = snoozed_until
    raise_versions(session, conversation.id, conversation.workspace_id)


def assign(session: Session, conversation: Conversation, user_id: int | None) -> None:
    """Give the conversation to an active member of its workspace, or to nobody for None.

    Raises :class:`Refused` for anybody else.
    """
    if user_id is not None and not _is_member(session, conversation.workspace_id, user_id):
        raise Refused(_no_member())
    conversation.assignee_id = user_id
    raise_versions(session, conversation.id, conversation.workspace_id)


def mark_read(session: Session, conversation: Conversation) -> None:
    """Note that the team has read everything; the customer may still be waiting."""
    if not conversation.unread_count:
        return
    clear_unread(session, conversation)
    raise_versions(session, conversation.id, conversation.workspace_id)


def clear_unread(session: Session, conversation: Conversation) -> None:
    """Set the unread count to zero and take the conversation off its channel's count."""
    if conversation.unread_count:
        count_unread(session, {(conversation.workspace_id, conversation.channel): -1})
    conversation.unread_count = 0


def _is_member(session: Session, workspace_id: int, user_id: int) -> bool:
    query = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.workspace_id == workspace_id, User.id == user_id, User.is_active)
    )
    return session.scalar(query) is not None


def _no_snooze_time() -> Trouble:
    return Trouble(
        message="A snoozed conversation needs a time that is still ahead.",
        explanation="The time says until when it may wait.",
        next_step="Give snoozed_until as a time in the future.",
    )


def _not_snoozed() -> Trouble:
    return Trouble(
        message="Only a snoozed conversation has a time until which it waits.",
        explanation="snoozed_until was given for another status.",
        next_step="Leave snoozed_until out, or set the status to snoozed.",
    )


def _no_member() -> Trouble:
    return Trouble(
        message="This person is no member of the workspace.",
        explanation="A conversation can be assigned to active members of its workspace only.",
        next_step="Choose a member, or add the person to the workspace first.",
    )
