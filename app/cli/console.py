"""What all commands share: sessions, and refusals as one readable line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from app.inbox.errors import NotFound, Refused
from app.installation import current
from app.models import database


@contextmanager
def writing() -> Iterator[Session]:
    """Open a session that may write; commit at the end."""
    with _explained(), database.writing(current().engine) as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session that only reads."""
    with _explained(), database.reading(current().engine) as session:
        yield session


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what a verb refuses into one readable line and exit code 1."""
    try:
        yield
    except Refused as refused:
        trouble = refused.trouble
        raise click.ClickException(f"{trouble.message} {trouble.next_step}") from None
    except NotFound:
        raise click.ClickException(
            "There is no such workspace. Create it: bin/inlet workspaces create NAME"
        ) from None
