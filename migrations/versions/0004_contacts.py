"""Contacts: picture, followers, notes

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("contact") as table:
        table.add_column(sa.Column("follower_count", sa.Integer(), nullable=True))
        table.add_column(sa.Column("picture", sa.Text(), nullable=True))
    op.create_table(
        "contact_note",
        sa.Column("workspace_id", BigId, nullable=False),
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("author_id", BigId, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", Moment, server_default=sa.func.now(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["app_user.id"], name=op.f("fk_contact_note_author_id_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_note_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_contact_note_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_note")),
    )
    op.create_index(
        op.f("ix_contact_note_workspace_id_contact_id_id"),
        "contact_note",
        ["workspace_id", "contact_id", "id"],
    )


def downgrade() -> None:
    op.drop_table("contact_note")
    with op.batch_alter_table("contact") as table:
        table.drop_column("picture")
        table.drop_column("follower_count")
