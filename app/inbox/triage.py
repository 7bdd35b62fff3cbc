"""Working on a conversation without writing to the customer: status, assignee, mark-read.

Whoever comes last decides: colleagues who work on the same conversation overwrite each other,
but nobody puts away what the customer wrote meanwhile (``seen``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.orm import Session, load_only

from app import clock
from app.inbox.counters import count_unread
from app.inbox.errors import Conflict, NotFound, Refused, Trouble
from app.inbox.versions import raise_versions
from app.models import Conversation, Membership, Message, User
from app.models.states import ConversationStatus, Direction

PUT_AWAY = frozenset(
    {ConversationStatus.SNOOZED, ConversationStatus.RESOLVED, ConversationStatus.ARCHIVED}
)
"""Statuses of which nothing is to be done now: the customer's next message ends them."""
LONGEST_SNOOZE = timedelta(days=366)
_LOOKED_BACK = 50
_MOST_PEOPLE = 200
_MEMBERS = (
    select(User)
    .join(Membership, Membership.user_id == User.id)
    .where(
        Membership.workspace_id == bindparam("workspace_id"),
        Membership.deactivated_at.is_(None),
        User.is_active,
    )
)
# Asked with every thread: put together once. PostgreSQL keeps no plan where a limit is a parameter.
_ASSIGNABLE = (
    _MEMBERS.options(load_only(User.name))
    .order_by(func.lower(User.name), User.id)
    .limit(literal(_MOST_PEOPLE, literal_execute=True))
)


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
    *,
    seen: int | None = None,
) -> None:
    """Say where the work stands; ``snoozed`` alone has a time, ahead and within a year.

    What is put away counts as read by the team. ``seen`` is the id of the newest message that
    was on the screen: where the customer wrote after it, the conversation is not put away.

    Raises :class:`Refused`, and :class:`Conflict` for a message not seen.
    """
    _check_snooze(status, snoozed_until)
    if status in PUT_AWAY:
        if seen is not None and _newest_inbound(session, conversation) > seen:
            raise Conflict(_wrote_meanwhile())
        clear_unread(session, conversation)
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


def restore_unread(session: Session, conversation: Conversation, count: int) -> None:
    """Count ``count`` messages as unread again, where the customer still waits for an answer.

    For what was put away by mistake: putting away had set the count to zero.
    """
    if count < 1 or conversation.unread_count or conversation.waiting_since is None:
        return
    count_unread(session, {(conversation.workspace_id, conversation.channel): 1})
    conversation.unread_count = count
    raise_versions(session, conversation.id, conversation.workspace_id)


def mark_unread(session: Session, conversation: Conversation) -> None:
    """Note that somebody of the team should look again: what was put away opens for that."""
    if conversation.unread_count:
        return
    if conversation.status in PUT_AWAY:
        conversation.status, conversation.snoozed_until = ConversationStatus.OPEN, None
    count_unread(session, {(conversation.workspace_id, conversation.channel): 1})
    conversation.unread_count = 1
    raise_versions(session, conversation.id, conversation.workspace_id)


def clear_unread(session: Session, conversation: Conversation) -> None:
    """Set the unread count to zero and take the conversation off its channel's count."""
    if conversation.unread_count:
        count_unread(session, {(conversation.workspace_id, conversation.channel): -1})
    conversation.unread_count = 0


def assignable(session: Session, workspace_id: int) -> Sequence[User]:
    """Return the people to whom a conversation of the workspace can be given, by name."""
    return session.scalars(_ASSIGNABLE, {"workspace_id": workspace_id}).all()


def _is_member(session: Session, workspace_id: int, user_id: int) -> bool:
    one = _MEMBERS.where(User.id == user_id)
    return session.scalar(one, {"workspace_id": workspace_id}) is not None


def _newest_inbound(session: Session, conversation: Conversation) -> int:
    """Return the highest id among the latest messages of the customer; 0 for none."""
    latest = (
        select(Message.id, Message.direction)
        .where(Message.conversation_id == conversation.id)
        .order_by(Message.position_at.desc(), Message.id.desc())
        .limit(_LOOKED_BACK)
        .subquery()
    )
    query = select(func.max(latest.c.id)).where(latest.c.direction == Direction.INBOUND)
    return session.scalar(query) or 0


def _check_snooze(status: ConversationStatus, until: datetime | None) -> None:
    if status is not ConversationStatus.SNOOZED:
        if until is not None:
            raise Refused(_not_snoozed())
        return
    now = clock.now()
    if until is None or not now < until <= now + LONGEST_SNOOZE:
        raise Refused(_no_snooze_time())


def _no_snooze_time() -> Trouble:
    return Trouble(
        message="A snoozed conversation needs a time that is still ahead, within a year.",
        explanation="The time says until when it may wait.",
        next_step="Choose another time. A program gives it as snoozed_until.",
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


def _wrote_meanwhile() -> Trouble:
    return Trouble(
        message="The customer has written meanwhile.",
        explanation="The new message was not on your screen yet, so nothing was changed.",
        next_step="Read it, then decide again.",
    )
