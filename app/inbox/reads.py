"""How far each person has read: their own mark, beside the team's unread count."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models import ConversationRead, Message
from app.models.bulk import Insert

# Asked with every list: put together once.
_MARKS = (
    select(ConversationRead.conversation_id, Message.position_at)
    .join(Message, Message.id == ConversationRead.last_message_id)
    .where(
        ConversationRead.user_id == bindparam("user_id"),
        ConversationRead.conversation_id.in_(bindparam("ids", expanding=True)),
    )
)


def marks(session: Session, user_id: int, conversation_ids: Collection[int]) -> dict[int, int]:
    """Return the place up to which the person has read each conversation they ever opened."""
    given = {"user_id": user_id, "ids": list(conversation_ids)}
    return {conversation_id: place for conversation_id, place in session.execute(_MARKS, given)}  # noqa: C416 - rows


def catch_up(session: Session, workspace_id: int, user_id: int, conversation_id: int) -> None:
    """Move the person's mark to the newest message of a conversation of the workspace."""
    newest = (
        select(literal(user_id), Message.conversation_id, Message.id)
        .where(Message.workspace_id == workspace_id, Message.conversation_id == conversation_id)
        .order_by(Message.position_at.desc(), Message.id.desc())
        .limit(1)
    )
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Insert = (sqlite.insert if is_sqlite else postgresql.insert)(ConversationRead)
    insert = insert.from_select(["user_id", "conversation_id", "last_message_id"], newest)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[ConversationRead.user_id, ConversationRead.conversation_id],
            set_={"last_message_id": insert.excluded.last_message_id},
        )
    )
