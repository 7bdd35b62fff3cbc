"""An engine for whoever cannot wait: what the database does not do soon counts as failed."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, event

from app.models.database import engine_options, prepare, prompt_engine

SQLITE_NAP = 0.01
"""SQLite's own waiting grows to naps of 100 ms, in which it misses the drain's pauses."""


def bounded_engine(engine: Engine) -> Engine:
    """Return an engine of its own to the same database, each statement committing by itself.

    On PostgreSQL a statement or a connection fails after seconds instead of waiting for a server
    that fell silent; on SQLite one that is locked out fails at once.
    """
    if engine.dialect.name == "sqlite":
        options = engine_options("sqlite") | {"connect_args": {"timeout": SQLITE_NAP}}
        own = create_engine(engine.url, **options)
        prepare(own)
        return own
    from app.models import impatient  # only where it is used: it loads PostgreSQL's driver

    own = prompt_engine(engine)
    event.listen(own, "do_connect", impatient.connect)
    return own
