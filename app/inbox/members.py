"""People, their passwords, and their places in workspaces."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload

from app import clock
from app.inbox.errors import Conflict, Filled, NotFound, Refused, Trouble
from app.inbox.versions import raise_workspaces
from app.models import Membership, User, Workspace
from app.models.states import Role

MIN_PASSWORD = 8
MAX_PASSWORD = 1000
MAX_NAME = 100
MAX_EMAIL = 320


def make_workspace(session: Session, name: str) -> Workspace:
    """Make a workspace. Raises :class:`Conflict` where the name is taken, or Refused for none."""
    workspace = Workspace(name=_free_name(session, name, None))
    session.add(workspace)
    _flush(session, _workspace_called(workspace.name))
    return workspace


def rename_workspace(session: Session, workspace: Workspace, name: str) -> None:
    """Give a workspace another name. Raises as :func:`make_workspace`."""
    workspace.name = _free_name(session, name, workspace.id)
    raise_workspaces(session, [workspace.id])


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
    address = clean_email(email)
    if find_user(session, address):
        raise Conflict(_taken(_user_called(address)))
    user = User(
        email=address,
        name=clean_name(name),
        password_hash=hash_password(password),
        is_operator=is_operator,
        is_active=True,
        memberships=[Membership(workspace=workspace, role=role)],
    )
    session.add(user)
    _flush(session, _user_called(address))
    return user


def find_user(session: Session, email: str) -> User | None:
    """Return the user with this address, or None."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def clean_email(email: str) -> str:
    """Return an address as it is stored. Raises :class:`Refused` for what is none."""
    address = email.strip().lower()
    name, _at, domain = address.rpartition("@")
    if not (name and domain) or any(c.isspace() for c in address) or len(address) > MAX_EMAIL:
        raise Refused(
            Trouble(
                message=Filled("“%(email)s” is no e-mail address.", email=email[:MAX_EMAIL]),
                explanation="People log in with their e-mail address.",
                next_step="Give an address such as ana@example.com.",
            )
        )
    return address


def clean_name(name: str) -> str:
    """Return a person's name as it is stored. Raises :class:`Refused` for none."""
    if not name.strip():
        raise Refused(
            Trouble(
                message="The name is missing.",
                explanation="Colleagues see it beside what a person writes.",
                next_step="Give the name that colleagues know.",
            )
        )
    return name.strip()[:MAX_NAME]


def rename_user(session: Session, user: User, name: str) -> None:
    """Give a person another name, shown in all their workspaces. Raises :class:`Refused`."""
    user.name = clean_name(name)
    mine = select(Membership.workspace_id).where(Membership.user_id == user.id)
    raise_workspaces(session, session.scalars(mine))


def set_password(user: User, password: str) -> None:
    """Give a person another password; all their sessions end. Raises :class:`Refused`."""
    user.password_hash = hash_password(password)
    user.session_version += 1


def is_password(user: User, password: str) -> bool:
    """Say whether ``password`` is the user's."""
    return _verifies(user.password_hash, password)


def switch_off(user: User) -> None:
    """Keep a person out of the whole installation; all their sessions end."""
    user.is_active = False
    user.session_version += 1


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password. Raises :class:`Refused` for a wrong length."""
    if len(password) < MIN_PASSWORD:
        raise Refused(
            Trouble(
                message=Filled(
                    "The password is too short: %(least)s characters at least.",
                    least=MIN_PASSWORD,
                ),
                explanation="A short password is guessed too easily.",
                next_step="Choose a longer one, a sentence for example.",
            )
        )
    if len(password) > MAX_PASSWORD:
        raise Refused(
            Trouble(
                message=Filled(
                    "The password is too long: %(most)s characters at most.", most=MAX_PASSWORD
                ),
                explanation="Checking a long password takes long.",
                next_step="Choose a shorter one.",
            )
        )
    return _hasher().hash(password)


def make_password() -> str:
    """Return a new password that nobody guesses."""
    return secrets.token_urlsafe(12)


def no_password() -> str:
    """Return a hash that no password has, for a person who has not chosen one yet."""
    return _hasher().hash(secrets.token_urlsafe(32))


def log_in(session: Session, email: str, password: str) -> User | None:
    """Return the active user with this address and password, or None.

    An unknown address costs the same work as a wrong password.
    """
    user = find_user(session, email)
    is_right = _verifies(user.password_hash if user else _nobody(), password[: MAX_PASSWORD + 1])
    return user if user and is_right and user.is_active else None


IS_ACTIVE = (User.is_active, Membership.deactivated_at.is_(None))
"""An active person with an active place."""

# Asked with every request: put together once.
_PLACES = (
    select(Membership)
    .join(Membership.user)
    .where(Membership.user_id == bindparam("user_id"), *IS_ACTIVE)
    .options(joinedload(Membership.workspace), contains_eager(Membership.user))
    .order_by(Membership.workspace_id)
)


def places(session: Session, user_id: int) -> list[Membership]:
    """Return where an active person has an active place, with user and workspace, oldest first."""
    return list(session.scalars(_PLACES, {"user_id": user_id}))


def note_seen(session: Session, workspace_id: int, user_id: int) -> None:
    """Note that a person used a workspace just now."""
    moment = clock.now()
    session.execute(
        update(Membership)
        .where(
            Membership.workspace_id == workspace_id,
            Membership.user_id == user_id,
            or_(Membership.seen_at.is_(None), Membership.seen_at < moment),
        )
        .values(seen_at=moment)
    )


def _free_name(session: Session, name: str, own_id: int | None) -> str:
    """Return ``name`` as it is stored, where no other workspace than ``own_id`` has it."""
    found = name.strip()[:MAX_NAME]
    if not found:
        raise Refused(
            Trouble(
                message="The workspace has no name.",
                explanation="People and commands call it by its name.",
                next_step="Give a name that can be read.",
            )
        )
    taken_by = session.scalar(select(Workspace.id).where(Workspace.name == found))
    if taken_by not in (None, own_id):
        raise Conflict(_taken(_workspace_called(found)))
    return found


def _flush(session: Session, message: str) -> None:
    """Write what is new; of two at once with the same name one is refused, here."""
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(_taken(message)) from None


def _verifies(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex())


def _user_called(name: str) -> Filled:
    return Filled("A user called “%(name)s” exists already.", name=name)


def _workspace_called(name: str) -> Filled:
    return Filled("A workspace called “%(name)s” exists already.", name=name)


def _taken(message: str) -> Trouble:
    return Trouble(
        message=message,
        explanation="The name must be unique on this installation.",
        next_step="Use the one there is, or choose another name.",
    )
