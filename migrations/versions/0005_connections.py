"""Connections: what is known of their health, and which processes are alive

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ACCOUNT_KEY = "uq_channel_account_workspace_id_channel_external_id"
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "process_beat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_process_beat")),
    )
    with op.batch_alter_table("integration") as table:
        table.add_column(sa.Column("handshake_at", Moment, nullable=True))
        table.add_column(sa.Column("checked_at", Moment, nullable=True))
        table.add_column(sa.Column("check_result", Json, nullable=True))
    with op.batch_alter_table("channel_account") as table:
        table.add_column(sa.Column("owned_at", Moment, nullable=True))
        table.drop_constraint("uq_channel_account_channel_external_id", type_="unique")
        table.drop_index(op.f("ix_channel_account_workspace_id_channel"))
        table.create_unique_constraint(ACCOUNT_KEY, ["workspace_id", "channel", "external_id"])
    op.execute(
        "UPDATE channel_account SET owned_at = proven_at WHERE integration_id IN "
        "(SELECT id FROM integration WHERE api_secret IS NULL OR source <> 'manual')"
    )
    op.create_index(op.f("ix_delivery_account_id_id"), "delivery", ["account_id", "id"])
    op.create_index(op.f("ix_external_event_account_id_id"), "external_event", ["account_id", "id"])
    op.create_index(
        op.f("ix_message_account_id_position_at_id"), "message", ["account_id", "position_at", "id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_message_account_id_position_at_id"), "message")
    op.drop_index(op.f("ix_external_event_account_id_id"), "external_event")
    op.drop_index(op.f("ix_delivery_account_id_id"), "delivery")
    with op.batch_alter_table("channel_account") as table:
        table.drop_constraint(ACCOUNT_KEY, type_="unique")
        table.create_index(
            op.f("ix_channel_account_workspace_id_channel"), ["workspace_id", "channel"]
        )
        table.create_unique_constraint(
            "uq_channel_account_channel_external_id", ["channel", "external_id"]
        )
        table.drop_column("owned_at")
    with op.batch_alter_table("integration") as table:
        table.drop_column("check_result")
        table.drop_column("checked_at")
        table.drop_column("handshake_at")
    op.drop_table("process_beat")
