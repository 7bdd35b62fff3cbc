"""Contacts: picture, followers, when the profile is asked for, notes, ways to look at leads

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
NAMELESS = sa.text("name IS NULL AND username IS NULL")
DUE = sa.text("profile_due_at IS NOT NULL")
INDEXES = {
    "ix_lead_workspace_id_id": ("lead", ["workspace_id", "id"]),
    "ix_lead_workspace_id_stage_id": ("lead", ["workspace_id", "stage", "id"]),
    "ix_communication_log_workspace_id_occurred_at": (
        "communication_log",
        ["workspace_id", "occurred_at"],
    ),
}


def upgrade() -> None:
    with op.batch_alter_table("contact") as table:
        table.add_column(sa.Column("follower_count", sa.Integer(), nullable=True))
        table.add_column(sa.Column("picture", sa.Text(), nullable=True))
        table.add_column(sa.Column("profile_due_at", Moment, nullable=True))
        table.add_column(
            sa.Column("profile_tries", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
    op.drop_index("ix_contact_unnamed", "contact")
    op.execute("UPDATE contact SET profile_due_at = created_at WHERE profile_checked_at IS NULL")
    op.create_index(
        "ix_contact_profile_due",
        "contact",
        ["profile_due_at"],
        postgresql_where=DUE,
        sqlite_where=DUE,
    )
    for name, (table_name, columns) in INDEXES.items():
        op.create_index(name, table_name, columns)
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
    for name, (table_name, _columns) in INDEXES.items():
        op.drop_index(name, table_name)
    op.drop_index("ix_contact_profile_due", "contact")
    op.create_index(
        "ix_contact_unnamed",
        "contact",
        ["id"],
        postgresql_where=NAMELESS,
        sqlite_where=NAMELESS,
    )
    with op.batch_alter_table("contact") as table:
        table.drop_column("profile_tries")
        table.drop_column("profile_due_at")
        table.drop_column("picture")
        table.drop_column("follower_count")
