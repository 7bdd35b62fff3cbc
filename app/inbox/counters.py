"""The counts on the channel tabs, kept as they change instead of counted when asked."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from app.models import ChannelCounter
from app.models.bulk import Insert, insert_rows


def count_unread(session: Session, changes: Mapping[tuple[int, str], int]) -> None:
    """Add each change to the count of unread conversations of its (workspace id, channel)."""
    rows = [
        {"workspace_id": workspace_id, "channel": channel, "unread_conversations": more}
        for (workspace_id, channel), more in sorted(changes.items())
        if more
    ]
    if rows:
        insert_rows(session, ChannelCounter, rows, _added_up)


def _added_up(insert: Insert) -> Executable:
    total = ChannelCounter.unread_conversations + insert.excluded.unread_conversations
    return insert.on_conflict_do_update(
        index_elements=[ChannelCounter.workspace_id, ChannelCounter.channel],
        set_={"unread_conversations": total},
    )
