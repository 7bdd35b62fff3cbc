"""The keys of programs: made, shown once, limited in time, revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.inbox.errors import NotFound, Refused, Trouble
from app.inbox.permissions import may_grant
from app.models import ApiToken, User, Workspace
from app.models.states import Role

PREFIX = "inlet_"
LIFETIMES = (30, 90, 365)  # days
SEEN_EVERY = timedelta(minutes=10)
SHOWN = 500
MAX_NAME = 100


def make_token(
    session: Session,
    workspace: Workspace,
    name: str,
    role: Role,
    *,
    days: int | None = None,
    maker: tuple[User, Role] | None = None,
) -> str:
    """Make an API token of a workspace and return it; it is not shown again.

    It works for ``days``, or until it is revoked for None. ``maker`` is the person who makes it
    with their role, None for the command line. Raises :class:`Refused` without a name, or for a
    role above the maker's.
    """
    if not name.strip():
        raise Refused(_NO_NAME)
    if maker and not may_grant(maker[1], role):
        raise Refused(_TOO_MUCH)
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            workspace_id=workspace.id,
            name=name.strip()[:MAX_NAME],
            role=role,
            digest=_digest(token),
            created_by_id=maker[0].id if maker else None,
            expires_at=clock.now() + timedelta(days=days) if days else None,
        )
    )
    session.flush()
    return token


def find_token(session: Session, token: str) -> ApiToken | None:
    """Return the token that ``token`` is, with its workspace, whether it still works or not."""
    return session.scalar(
        select(ApiToken)
        .where(ApiToken.digest == _digest(token))
        .options(joinedload(ApiToken.workspace))
    )


def has_expired(token: ApiToken) -> bool:
    """Say whether the token's time is over."""
    return token.expires_at is not None and token.expires_at <= clock.now()


def state(token: ApiToken) -> str:
    """Return how the token stands: active, expired or revoked."""
    if token.revoked_at:
        return "revoked"
    return "expired" if has_expired(token) else "active"


def is_due(moment: datetime | None) -> bool:
    """Say whether a last use noted at ``moment`` is so old that it is noted anew."""
    return moment is None or moment <= clock.now() - SEEN_EVERY


def note_use(session: Session, token_id: int) -> None:
    """Note that a token was used just now."""
    noted = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < clock.now())
    session.execute(
        update(ApiToken).where(ApiToken.id == token_id, noted).values(last_used_at=clock.now())
    )


def listed(session: Session, workspace_id: int) -> list[ApiToken]:
    """Return a workspace's tokens, newest first, those that work before those revoked."""
    query = (
        select(ApiToken)
        .where(ApiToken.workspace_id == workspace_id)
        .options(joinedload(ApiToken.created_by))
        .order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc())
    )
    return list(session.scalars(query.limit(SHOWN)))


def revoke(session: Session, workspace_id: int, token_id: int) -> ApiToken:
    """Make a token worthless from now on and return it. Raises :class:`NotFound`."""
    token = session.scalar(
        select(ApiToken).where(ApiToken.id == token_id, ApiToken.workspace_id == workspace_id)
    )
    if token is None:
        raise NotFound
    token.revoked_at = token.revoked_at or clock.now()
    return token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


_NO_NAME = Trouble(
    message="The token has no name.",
    explanation="Its name says later which program stops when the token is revoked.",
    next_step="Give it the name of the program.",
    page="people.md#tokens",
)
_TOO_MUCH = Trouble(
    message="This role is above your own.",
    explanation="A token may do what its role may, so nobody can make one that may more than they.",
    next_step="Choose a role that you have, or ask an admin.",
    page="people.md#tokens",
)
