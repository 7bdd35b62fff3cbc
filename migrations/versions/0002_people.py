"""People: sessions that end, places that close, tokens that expire, the first login

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "one_time_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("created_at", Moment, server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("used_at", Moment, nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_one_time_code_digest")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_one_time_code_user_id_app_user")
        ),
    )
    op.create_index(op.f("ix_one_time_code_user_id"), "one_time_code", ["user_id"])
    with op.batch_alter_table("app_user") as table:
        table.add_column(
            sa.Column("session_version", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
    with op.batch_alter_table("membership") as table:
        table.add_column(sa.Column("deactivated_at", Moment, nullable=True))
        table.add_column(sa.Column("seen_at", Moment, nullable=True))
    with op.batch_alter_table("api_token") as table:
        table.add_column(sa.Column("created_by_id", BigId, nullable=True))
        table.add_column(sa.Column("expires_at", Moment, nullable=True))
        table.add_column(sa.Column("last_used_at", Moment, nullable=True))
        table.create_foreign_key(
            op.f("fk_api_token_created_by_id_app_user"), "app_user", ["created_by_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("api_token") as table:
        table.drop_constraint(op.f("fk_api_token_created_by_id_app_user"), type_="foreignkey")
        table.drop_column("last_used_at")
        table.drop_column("expires_at")
        table.drop_column("created_by_id")
    with op.batch_alter_table("membership") as table:
        table.drop_column("seen_at")
        table.drop_column("deactivated_at")
    with op.batch_alter_table("app_user") as table:
        table.drop_column("session_version")
    op.drop_table("one_time_code")
