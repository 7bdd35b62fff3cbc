"""Views: one partial index for each way to look at the conversations

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IN_WORK = "status IN ('open', 'pending')"
SNOOZED = "status = 'snoozed'"
PLACE = ["position_at", "id"]
INDEXES = {
    "ix_conversation_in_work": (IN_WORK, ["workspace_id", *PLACE]),
    "ix_conversation_channel_in_work": (IN_WORK, ["workspace_id", "channel", *PLACE]),
    "ix_conversation_assigned": (IN_WORK, ["workspace_id", "assignee_id", *PLACE]),
    "ix_conversation_channel_assigned": (
        IN_WORK,
        ["workspace_id", "assignee_id", "channel", *PLACE],
    ),
    "ix_conversation_ending": (
        f"{IN_WORK} AND waiting_since IS NOT NULL",
        ["workspace_id", "window_opened_at", "id"],
    ),
    "ix_conversation_attention": ("attention_count > 0", ["workspace_id", *PLACE]),
    "ix_conversation_snoozed": (SNOOZED, ["workspace_id", "snoozed_until", "id"]),
    "ix_conversation_waking": (SNOOZED, ["snoozed_until"]),
    "ix_conversation_put_away": ("status <> 'open'", ["workspace_id", "status", *PLACE]),
    "ix_conversation_channel_put_away": (
        "status <> 'open'",
        ["workspace_id", "status", "channel", *PLACE],
    ),
}


def upgrade() -> None:
    for name, (condition, columns) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, "conversation", columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "conversation")
