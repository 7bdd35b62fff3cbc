"""What a poll asks, all in one statement: how a person stands, and what has changed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, and_, bindparam, select

from app.inbox.members import IS_ACTIVE
from app.inbox.thread import State
from app.models import ChannelAccount, Conversation, Integration, Membership, User, Workspace
from app.models.direct import DirectSelect


class Standing(NamedTuple):
    """Where a person stands in the workspace they look at, and its version.

    ``state`` is that of the conversation they look at, None without one or where there is none.
    """

    workspace_id: int
    role: str
    seen_at: datetime | None
    session_version: int
    locale: str | None
    version: int
    state: State | None


_STATE = 6  # from there on the columns are those of State

# Asked with every poll: put together once.
_STANDING = (
    select(
        Membership.workspace_id,
        Membership.role,
        Membership.seen_at,
        User.session_version,
        User.locale,
        Workspace.version,
        Conversation.version,
        Conversation.channel,
        Conversation.window_opened_at,
        Integration.updated_at,
    )
    .join(Membership.user)
    .join(Membership.workspace)
    .outerjoin(
        Conversation,
        and_(
            Conversation.id == bindparam("conversation_id"),
            Conversation.workspace_id == Membership.workspace_id,
        ),
    )
    .outerjoin(Conversation.account)
    .outerjoin(ChannelAccount.integration)
    .where(Membership.user_id == bindparam("user_id"), *IS_ACTIVE)
    .order_by(Membership.workspace_id != bindparam("chosen"), Membership.workspace_id)
    .limit(1)
)


def question(engine: Engine) -> DirectSelect:
    """Return what :func:`standing` asks a database."""
    return DirectSelect(engine, _STANDING)


def standing(
    asked: DirectSelect, user_id: int, chosen: int | None, conversation_id: int | None
) -> Standing | None:
    """Return how a person stands in the workspace they chose, else in their first one.

    None for who has no active place; as :func:`app.inbox.members.places` tells more of.
    """
    found = asked.first(
        {"user_id": user_id, "chosen": chosen or 0, "conversation_id": conversation_id}
    )
    if found is None:
        return None
    state = None if found[_STATE] is None else State(*found[_STATE:])
    return Standing._make((*found[:_STATE], state))
