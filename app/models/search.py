"""What the database keeps to find words by: made by migration 0006, described by no model.

PostgreSQL indexes expressions, SQLite keeps full-text tables (``message_search``,
``contact_search``) with tables of FTS5's own behind them.
"""

from __future__ import annotations

from typing import Any

SEARCHED = ("message", "contact")
_TABLES = tuple(f"{table}_search" for table in SEARCHED)
_INDEXES = tuple(f"ix_{table}" for table in _TABLES)


def is_described(name: str | None, kind: str, _parents: Any) -> bool:
    """Say whether a table or index of the database is one that a model describes.

    Alembic's ``include_name``: what models do not describe is not compared with them.
    """
    if kind == "table":
        return not (name or "").startswith(_TABLES)
    return kind != "index" or name not in _INDEXES
