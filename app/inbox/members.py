"""People, their passwords, their places in workspaces, and the tokens of programs."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.inbox.errors import Conflict, NotFound, Refused, Trouble
from app.models import ApiToken, Membership, User, Workspace
from app.models.states import Role

MIN_PASSWORD = 8
TOKEN_PREFIX = "inlet_"  # noqa: S105


def make_workspace(session: Session, name: str) -> Workspace:
    """Make a workspace. Raises :class:`Conflict` where the name is taken, or Refused for none."""
    if not name.strip():
        raise Refused(
            Trouble(
                message="The workspace has no name.",
                explanation="People and commands call it by its name.",
                next_step="Give a name that can be read.",
            )
        )
    if session.scalar(select(Workspace.id).where(Workspace.name == name)):
        raise Conflict(_taken("A workspace", name))
    workspace = Workspace(name=name)
    session.add(workspace)
    session.flush()
    return workspace


def find_workspace(session: Session, name: str | None) -> Workspace:
    """Return the workspace called ``name``, or the oldest one for None. Raises NotFound."""
    query = select(Workspace).order_by(Workspace.id)
    if name is not None:
        query = query.where(Workspace.name == name)
    workspace = session.scalars(query.limit(1)).first()
    if workspace is None:
        raise NotFound
    return workspace


def make_user(
    session: Session,
    email: str,
    name: str,
    password: str,
    *,
    workspace: Workspace,
    role: Role,
    is_operator: bool = False,
) -> User:
    """Make a user with a place in ``workspace``. Raises Conflict or Refused."""
    address = email.strip().lower()
    if "@" not in address:
        raise Refused(
            Trouble(
                message=f"“{email}” is no e-mail address.",
                explanation="People log in with their e-mail address.",
                next_step="Give an address such as ana@example.com.",
            )
        )
    if session.scalar(select(User.id).where(User.email == address)):
        raise Conflict(_taken("A user", address))
    user = User(
        email=address,
        name=name,
        password_hash=hash_password(password),
        is_operator=is_operator,
        is_active=True,
        memberships=[Membership(workspace=workspace, role=role)],
    )
    session.add(user)
    session.flush()
    return user


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password. Raises :class:`Refused` where it is too short."""
    if len(password) < MIN_PASSWORD:
        raise Refused(
            Trouble(
                message=f"The password is too short: {MIN_PASSWORD} characters at least.",
                explanation="A short password is guessed too easily.",
                next_step="Choose a longer one, a sentence for example.",
            )
        )
    return _hasher().hash(password)


def log_in(session: Session, email: str, password: str) -> User | None:
    """Return the active user with this address and password, or None.

    An unknown address costs the same work as a wrong password.
    """
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    try:
        _hasher().verify(user.password_hash if user else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return None
    return user if user and user.is_active else None


def membership(session: Session, user_id: int, workspace_id: int | None) -> Membership | None:
    """Return the user's place in a workspace, or in their first one for None."""
    query = (
        select(Membership)
        .where(Membership.user_id == user_id)
        .options(joinedload(Membership.workspace), joinedload(Membership.user))
        .order_by(Membership.workspace_id)
    )
    if workspace_id is not None:
        query = query.where(Membership.workspace_id == workspace_id)
    return session.scalars(query.limit(1)).first()


def make_token(session: Session, workspace: Workspace, name: str, role: Role) -> str:
    """Make an API token of a workspace and return it; it is not shown again."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(workspace_id=workspace.id, name=name, role=role, digest=_digest(token)))
    session.flush()
    return token


def find_token(session: Session, token: str) -> ApiToken | None:
    """Return the valid token that ``token`` is, with its workspace, or None."""
    return session.scalar(
        select(ApiToken)
        .where(ApiToken.digest == _digest(token), ApiToken.revoked_at.is_(None))
        .options(joinedload(ApiToken.workspace))
    )


def revoke_token(token: ApiToken) -> None:
    """Make a token worthless from now on."""
    token.revoked_at = clock.now()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex())


def _taken(what: str, name: str) -> Trouble:
    return Trouble(
        message=f"{what} called “{name}” exists already.",
        explanation="The name must be unique on this installation.",
        next_step="Use the one there is, or choose another name.",
    )
