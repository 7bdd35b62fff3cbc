"""The first person of an installation, who makes their login with a code printed at the start."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.inbox import codes, members
from app.inbox.environment import default_workspace
from app.inbox.errors import Conflict, Trouble
from app.models import User
from app.models.states import Role


@dataclass(frozen=True, slots=True)
class FirstPerson:
    """What the first person says of themselves and their workspace."""

    workspace: str
    name: str
    email: str
    password: str


def is_open(session: Session) -> bool:
    """Say whether nobody can log in yet."""
    return session.scalar(select(User.id).limit(1)) is None


def offer(session: Session) -> str:
    """Return a new code for the first person. Raises :class:`Conflict` where somebody is there."""
    if not is_open(session):
        raise Conflict(DONE)
    return codes.make_setup_code(session)


def set_up(session: Session, code: str, given: FirstPerson) -> User:
    """Make the workspace and its admin, who also runs the installation, in one transaction.

    A workspace that is there already, made for the environment's integration, is taken over and
    named anew. Raises :class:`Conflict` where somebody was first, :class:`Refused` for a code
    that does not work or a field that will not do.
    """
    if not is_open(session):
        raise Conflict(DONE)
    codes.claim_setup_code(session, code)
    workspace = default_workspace(session)
    members.rename_workspace(session, workspace, given.workspace)
    return members.make_user(
        session,
        given.email,
        given.name,
        given.password,
        workspace=workspace,
        role=Role.ADMIN,
        is_operator=True,
    )


DONE = Trouble(
    message="Inlet is set up already.",
    explanation="Its first person has made their login.",
    next_step="Log in, or ask that person to add you.",
    page="troubleshooting.md#setup-code",
)
