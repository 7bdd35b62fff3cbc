"""The counts on the channel tabs, kept as they change instead of counted when asked."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.models import ChannelCounter
from app.models.bulk import insert_rows


def count_unread(session: Session, changes: Mapping[tuple[int, str], int]) -> None:
    """Add each change to the count of unread conversations of its (workspace id, channel)."""
    rows = [
        {"workspace_id": workspace_id, "channel": channel, "unread_conversations": more}
        for (workspace_id, channel), more in sorted(changes.items())
        if more
    ]
    if not rows:
        return
    insert = insert_rows(session, ChannelCounter, rows)
    total = ChannelCounter.unread_conversations + insert.excluded.unread_conversations
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[ChannelCounter.workspace_id, ChannelCounter.channel],
            set_={"unread_conversations": total},
        )
    )
