"""Remembering when Meta last proved an integration's verify token."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import structlog
from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError

from app import clock
from app.inbox.keyring import VerifyToken
from app.models import Integration
from app.models.database import writing

log = structlog.get_logger()


def holders(presented: str, known: Iterable[VerifyToken]) -> frozenset[int] | None:
    """Return whose verify token was presented; None where it is nobody's.

    Compared with one and all, so that the answer's time tells nothing.
    """
    matching = [one for one in known if hmac.compare_digest(presented.encode(), one.token.encode())]
    if not matching:
        return None
    return frozenset(holder for one in matching for holder in one.integration_ids)


def note(engine: Engine, integration_ids: frozenset[int]) -> None:
    """Write down that Meta shook hands with these integrations just now.

    Where the database is away or busy, that is lost: Meta has its answer, which counts more.
    """
    if not integration_ids:
        return
    try:
        with writing(engine) as session:
            shaken = update(Integration).where(Integration.id.in_(integration_ids))
            session.execute(
                shaken.values(handshake_at=clock.now(), updated_at=Integration.updated_at)
            )
    except DBAPIError as problem:
        log.warning("handshake_not_noted", error=type(problem.orig).__name__)
