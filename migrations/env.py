"""Alembic's entry: migrations run on the application's own engine."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from app.models.database import migrating


def _render_item(type_: str, item: object, _context: object) -> str | Literal[False]:
    """Write the tables' own types as plain SQLAlchemy, so that old revisions need no app code."""
    name = type(item).__name__
    if type_ == "type" and name == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Migrate the application's database."""
    extension = current_app.extensions["migrate"]
    arguments: dict[str, Any] = dict(extension.configure_args)
    with migrating(extension.db.engine) as connection:
        context.configure(
            connection=connection,
            target_metadata=extension.db.metadata,
            render_item=_render_item,
            **arguments,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
