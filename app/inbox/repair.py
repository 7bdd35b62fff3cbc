"""Gaps in what Meta delivered: since when an account may lack messages, and when to look for them.

A repair belongs to an account. It is asked for, found due, and ended here; the calls to Meta are
in :mod:`app.inbox.repairs`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Update, case, literal, select, update
from sqlalchemy.orm import Session

from app import clock
from app.inbox.errors import Trouble
from app.models import ChannelAccount, Integration

SOON = timedelta(seconds=60)
"""After an outage Meta delivers again what it has: a look that comes later finds less to do."""
A_DAY = timedelta(days=1)
"""So far back a look goes at least where nothing says since when something is missing."""

IS_CONNECTED = (
    Integration.is_enabled,
    Integration.deleted_at.is_(None),
    Integration.broken_at.is_(None),
    ChannelAccount.proven_at.is_not(None),
)
"""What must be so before Meta is asked for an account."""


class Result(BaseModel):
    """What a repair found, as it is stored: messages brought in, and what it could not bring.

    ``gaps`` are conversations of which Meta gives only the newest messages, so that older ones
    may be missing; ``unread`` those that it did not show; ``is_cut`` says that there were more
    conversations than are looked at. ``problem`` is why the repair waits.
    """

    model_config = ConfigDict(extra="ignore")

    conversations: int = 0
    messages: int = 0
    gaps: int = 0
    unread: int = 0
    is_cut: bool = False
    problem: Trouble | None = None
    metas_words: str | None = None


def ask(session: Session, account: ChannelAccount, since: datetime, wait: timedelta = SOON) -> None:
    """Have an account's conversations looked through for what is missing ``since`` then.

    A repair that is under way, or waits, begins anew and goes back as far as either.
    """
    _ask(session, since, wait, ChannelAccount.id == account.id)


def ask_all(session: Session, since: datetime, wait: timedelta = SOON) -> int:
    """Ask for a repair of every connected account; return how many there are."""
    return _ask(session, since, wait, _is_connected())


def ask_by_hand(session: Session, workspace_id: int, integration_id: int | None = None) -> int:
    """Ask for a repair now of a workspace's accounts, or of one integration's; return how many.

    It goes back a day, or to what an earlier repair did not reach.
    """
    chosen = [ChannelAccount.workspace_id == workspace_id]
    if integration_id is not None:
        chosen.append(ChannelAccount.integration_id == integration_id)
    return _ask(session, clock.now() - A_DAY, timedelta(), _is_connected(), *chosen)


def ask_after_mending(session: Session, integration: Integration, since: datetime) -> None:
    """Ask for a repair of an integration that works again, ``since`` it did not: a day at least."""
    since = min(since, clock.now() - A_DAY)
    _ask(session, since, SOON, ChannelAccount.integration_id == integration.id)


def due(session: Session) -> list[int]:
    """Return the ids of the accounts whose repair is due, the one that waits longest first."""
    query = (
        select(ChannelAccount.id)
        .join(ChannelAccount.integration)
        .where(ChannelAccount.repair_due_at <= clock.now(), *IS_CONNECTED)
        .order_by(ChannelAccount.repair_due_at, ChannelAccount.id)
    )
    return list(session.scalars(query))


def end(session: Session, account_id: int, due_at: datetime) -> bool:
    """Note that the repair that was due then is done; False where it was asked for anew."""
    done = _this_one(account_id, due_at).values(
        repair_from=None, repair_due_at=None, repair_reached=None, repaired_at=clock.now()
    )
    return _run(session, done) == 1


def put_off(session: Session, account_id: int, due_at: datetime, until: datetime) -> None:
    """Go on with the repair that was due then at another time."""
    _run(session, _this_one(account_id, due_at).values(repair_due_at=until))


def note(session: Session, account_id: int, result: Result, reached: datetime | None) -> None:
    """Note what was found so far; conversations that changed before ``reached`` are read."""
    told: dict[str, Any] = {"repair_result": result.model_dump(mode="json")}
    if reached is not None:
        told["repair_reached"] = reached
    _run(session, update(ChannelAccount).where(ChannelAccount.id == account_id).values(told))


def last(account: ChannelAccount) -> Result | None:
    """Return what the present or last repair of an account found; None where there was none."""
    stored = account.repair_result
    return None if stored is None else Result.model_validate(stored)


def _ask(session: Session, since: datetime, wait: timedelta, *where: ColumnElement[bool]) -> int:
    before = ChannelAccount.repair_from
    change = (
        update(ChannelAccount)
        .where(*where)
        .values(
            repair_from=case((before < since, before), else_=literal(since, before.type)),
            repair_due_at=clock.now() + wait,
            repair_reached=None,
        )
    )
    return _run(session, change)


def _is_connected() -> ColumnElement[bool]:
    joined = select(ChannelAccount.id).join(ChannelAccount.integration).where(*IS_CONNECTED)
    return ChannelAccount.id.in_(joined)


def _this_one(account_id: int, due_at: datetime) -> Update:
    one = ChannelAccount.id == account_id, ChannelAccount.repair_due_at == due_at
    return update(ChannelAccount).where(*one)


def _run(session: Session, change: Update) -> int:
    """Change accounts past those that the session holds, and return how many were changed."""
    done = session.execute(change, execution_options={"synchronize_session": False})
    return done.rowcount  # type: ignore[attr-defined,no-any-return]
