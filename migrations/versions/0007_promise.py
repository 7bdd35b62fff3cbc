"""What keeping the promise needs: pauses of accounts, evidence of sends, gaps that were filled

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

# Added and dropped one by one, not by building tables anew: on SQLite that would lose triggers.
COLUMNS: dict[str, list[tuple[str, sa.types.TypeEngine[Any]]]] = {
    "integration": [
        ("broken_at", Moment),
        ("broken_kind", sa.Text()),
        ("broken_code", sa.Integer()),
        ("broken_subcode", sa.Integer()),
        ("broken_message", sa.Text()),
    ],
    "channel_account": [
        ("subscription_checked_at", Moment),
        ("resubscribed_at", Moment),
        ("subscription_problem", Json),
        ("repair_from", Moment),
        ("repair_due_at", Moment),
        ("repair_reached", Moment),
        ("repair_result", Json),
        ("repaired_at", Moment),
    ],
    "delivery": [("mark", sa.Text()), ("next_look_at", Moment), ("settled_by", sa.Text())],
    "delivery_attempt": [("endpoint", sa.Text()), ("duration_ms", sa.Integer())],
    "external_event": [("repaired", sa.Text())],
    "message": [("error_kind", sa.Text())],
}


PARTIAL = (
    ("ix_delivery_undecided", ["conversation_id", "id"], "unconfirmed_at IS NOT NULL"),
    ("ix_delivery_to_look_for", ["next_look_at"], "next_look_at IS NOT NULL"),
)


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True))
    op.add_column(
        "external_event_log",
        sa.Column("source", sa.Text(), server_default="webhook", nullable=False),
    )
    op.create_table(
        "send_pace",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("refilled_at", Moment, nullable=False),
        sa.Column("paused_until", Moment, nullable=True),
        sa.Column("usage", sa.Integer(), nullable=True),
        sa.Column("usage_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["channel_account.id"],
            name=op.f("fk_send_pace_account_id_channel_account"),
        ),
        sa.PrimaryKeyConstraint("account_id", "bucket", name=op.f("pk_send_pace")),
    )
    op.create_table(
        "delivery_step",
        sa.Column("workspace_id", BigId, nullable=False),
        sa.Column("delivery_id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_step_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_delivery_step_user_id_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_delivery_step_workspace_id_workspace"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_step")),
    )
    op.create_index(op.f("ix_delivery_step_delivery_id_id"), "delivery_step", ["delivery_id", "id"])
    for name, indexed, condition in PARTIAL:
        op.create_index(
            name,
            "delivery",
            indexed,
            postgresql_where=sa.text(condition),
            sqlite_where=sa.text(condition),
        )
    # What a deleted event of the log became is found by it.
    op.create_index(
        "ix_message_event_id",
        "message",
        ["event_id"],
        postgresql_where=sa.text("event_id IS NOT NULL"),
        sqlite_where=sa.text("event_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_event_id", table_name="message")
    for name, _indexed, _condition in PARTIAL:
        op.drop_index(name, table_name="delivery")
    op.drop_table("delivery_step")
    op.drop_table("send_pace")
    op.drop_column("external_event_log", "source")
    for table, columns in COLUMNS.items():
        for name, _kind in columns:
            op.drop_column(table, name)
