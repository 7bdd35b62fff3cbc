"""Alembic's entry: migrations run on the application's own engine."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app


def _render_item(type_: str, item: object, _context: object) -> str | Literal[False]:
    """Write the tables' own types as plain SQLAlchemy, so that old revisions need no app code."""
    name = type(item).__name__
    if type_ == "type" and name == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Migrate; SQLite gets its foreign keys checked afterwards instead of in between."""
    extension = current_app.extensions["migrate"]
    arguments: dict[str, Any] = dict(extension.configure_args)
    engine = extension.db.engine
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=extension.db.metadata,
            render_item=_render_item,
            **arguments,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
