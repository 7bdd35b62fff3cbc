"""The colleagues of a workspace: added by a link, given roles, deactivated, let in again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app import clock
from app.inbox import codes, members
from app.inbox.errors import Conflict, NotFound, Refused, Trouble
from app.inbox.versions import raise_workspaces
from app.models import Membership, User, Workspace
from app.models.states import Role

SHOWN = 500


@dataclass(frozen=True, slots=True)
class Added:
    """A colleague who was added; ``code`` opens /welcome, None for who has a password already."""

    user: User
    code: str | None


def listed(session: Session, workspace_id: int) -> list[Membership]:
    """Return the places in a workspace with their people, active ones first, then by name."""
    query = (
        select(Membership)
        .join(Membership.user)
        .where(Membership.workspace_id == workspace_id)
        .options(contains_eager(Membership.user))
        .order_by(Membership.deactivated_at.is_not(None), func.lower(User.name), User.id)
    )
    return list(session.scalars(query.limit(SHOWN)))


def find(session: Session, workspace_id: int, user_id: int) -> Membership:
    """Return a person's place in a workspace. Raises :class:`NotFound`."""
    found = session.get(Membership, (workspace_id, user_id), options=[joinedload(Membership.user)])
    if found is None:
        raise NotFound
    return found


def add(session: Session, workspace_id: int, email: str, name: str, role: Role) -> Added:
    """Give a person a place in a workspace.

    Who has no login on this installation yet gets one, and a code with which they choose their
    password; who has one keeps it as it is. Raises :class:`Refused`, and :class:`Conflict` for
    who is here already.
    """
    workspace = _lock(session, workspace_id)
    user = members.find_user(session, email)
    if user is None:
        user = members.make_user(
            session, email, name, members.no_password(), workspace=workspace, role=role
        )
        return _added(session, workspace_id, user, codes.make_welcome_code(session, user.id))
    if session.get(Membership, (workspace_id, user.id)):
        raise Conflict(_HERE)
    # Else whoever made that link could come here with it.
    _hold(session, user.id)
    codes.void(session, user.id)
    join(session, workspace_id, user.id, role)
    return _added(session, workspace_id, user, None)


def join(session: Session, workspace_id: int, user_id: int, role: Role) -> None:
    """Give a person who has a login a place in a workspace where they have none."""
    session.add(Membership(workspace_id=workspace_id, user_id=user_id, role=role))


def change_role(session: Session, workspace_id: int, user_id: int, role: Role) -> Membership:
    """Give a member another role. Raises NotFound, and Refused for the last active admin."""
    place = _locked(session, workspace_id, user_id)
    if role is not Role.ADMIN:
        _keep_an_admin(session, place)
    place.role = role
    return place


def deactivate(session: Session, workspace_id: int, user_id: int) -> Membership:
    """Close a member's place: their sessions in it end at once.

    What was assigned to them stays so, for others to see and take over. Raises
    :class:`NotFound`, and :class:`Refused` for the last active admin.
    """
    place = _locked(session, workspace_id, user_id)
    _keep_an_admin(session, place)
    place.deactivated_at = place.deactivated_at or clock.now()
    raise_workspaces(session, [workspace_id])
    return place


def reactivate(session: Session, workspace_id: int, user_id: int) -> Membership:
    """Open a member's place again, with the role they had. Raises :class:`NotFound`."""
    place = _locked(session, workspace_id, user_id)
    place.deactivated_at = None
    raise_workspaces(session, [workspace_id])
    return place


def make_link(session: Session, workspace_id: int, user_id: int, *, by_operator: bool) -> Added:
    """Return a new code for a member who cannot get in; their password works until it is used.

    Who also belongs elsewhere, or runs the installation, could be taken over in another
    workspace that way: for them only the operator makes one. Raises NotFound and Refused.
    """
    place = find(session, workspace_id, user_id)
    _hold(session, user_id)
    if place.deactivated_at or not place.user.is_active:
        raise Refused(_CLOSED)
    if not by_operator and (place.user.is_operator or _is_elsewhere(session, place)):
        raise Refused(_ELSEWHERE)
    return Added(place.user, codes.make_welcome_code(session, user_id))


def choose_password(session: Session, code: str, password: str) -> User:
    """Give the person of a welcome code the password they chose. Raises :class:`Refused`."""
    found = codes.claim_welcome_code(session, code)
    user = session.get_one(User, found.user_id)
    members.set_password(user, password)
    return user


def _added(session: Session, workspace_id: int, user: User, code: str | None) -> Added:
    raise_workspaces(session, [workspace_id])
    return Added(user, code)


def _locked(session: Session, workspace_id: int, user_id: int) -> Membership:
    """Return a place; until commit nobody else changes one of this workspace.

    Two admins who deactivate each other at once would otherwise both succeed.
    """
    _lock(session, workspace_id)
    return find(session, workspace_id, user_id)


def _lock(session: Session, workspace_id: int) -> Workspace:
    query = select(Workspace).where(Workspace.id == workspace_id).with_for_update()
    return session.scalars(query).one()


def _hold(session: Session, user_id: int) -> None:
    """Let nobody else make a link for a person, or give them a place, until commit."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def _keep_an_admin(session: Session, place: Membership) -> None:
    """Raise :class:`Refused` where nobody could manage the workspace without ``place``."""
    others = (
        select(Membership.user_id)
        .join(Membership.user)
        .where(
            Membership.workspace_id == place.workspace_id,
            Membership.user_id != place.user_id,
            Membership.role == Role.ADMIN,
            Membership.deactivated_at.is_(None),
            User.is_active,
        )
    )
    is_admin = place.role == Role.ADMIN and place.deactivated_at is None
    if is_admin and session.scalar(others.limit(1)) is None:
        raise Refused(_LAST_ADMIN)


def _is_elsewhere(session: Session, place: Membership) -> bool:
    elsewhere = select(Membership.user_id).where(
        Membership.user_id == place.user_id, Membership.workspace_id != place.workspace_id
    )
    return session.scalar(elsewhere.limit(1)) is not None


_HERE = Trouble(
    message="This person is in the workspace already.",
    explanation="One address is one person, with one role in a workspace.",
    next_step="Change their role in the list, or reactivate them there.",
    page="people.md#roles",
)
_LAST_ADMIN = Trouble(
    message="This is the last active admin of the workspace.",
    explanation="Without one nobody could add people or connect accounts any more.",
    next_step="Make somebody else an admin first.",
    page="people.md#roles",
)
_CLOSED = Trouble(
    message="This person is deactivated.",
    explanation="A new password would not let them in.",
    next_step="Reactivate them first.",
    page="people.md#links",
)
_ELSEWHERE = Trouble(
    message="Only the operator can make a link for this person.",
    explanation="They also belong to another workspace, or run the installation: "
    "a new password would open that too.",
    next_step="Ask the person who runs this installation.",
    page="people.md#links",
)
