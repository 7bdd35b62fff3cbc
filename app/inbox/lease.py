"""A role that only one process has at a time, kept in the database."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app import clock
from app.models import Lease
from app.models.bulk import insert_rows, or_nothing

_AS_IS = {"synchronize_session": False}


class LeaseLost(Exception):  # noqa: N818 - says what happened
    """Another process took the role over; whatever was being done must not be committed."""


def acquire(session: Session, name: str, holder: str, length: timedelta) -> bool:
    """Take the role for ``length`` if nobody has it, and say whether that worked."""
    moment = clock.now()
    free = or_(Lease.holder.is_(None), Lease.holder == holder, Lease.expires_at <= moment)
    if _write(session, name, free, holder, length):
        return True
    if session.scalar(select(Lease.name).where(Lease.name == name)) is not None:
        return False
    insert_rows(session, Lease, [{"name": name, "holder": None, "expires_at": moment}], or_nothing)
    return _write(session, name, free, holder, length)


def renew(session: Session, name: str, holder: str, length: timedelta) -> None:
    """Keep the role for another ``length``; until commit nobody else can take it.

    Raises :class:`LeaseLost` where another process has it.
    """
    if not _write(session, name, Lease.holder == holder, holder, length):
        raise LeaseLost(name)


def release(session: Session, name: str, holder: str) -> None:
    """Give the role back; does nothing where another process has it."""
    mine = update(Lease).where(Lease.name == name, Lease.holder == holder)
    session.execute(mine.values(holder=None), execution_options=_AS_IS)


def _write(session: Session, name: str, free: object, holder: str, length: timedelta) -> bool:
    change = update(Lease).where(Lease.name == name, free)  # type: ignore[arg-type]
    values = change.values(holder=holder, expires_at=clock.now() + length)
    written = session.execute(values, execution_options=_AS_IS)
    return written.rowcount == 1  # type: ignore[attr-defined,no-any-return]
