"""Who is asking, in which workspace, with which role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort, g, session
from flask_login import UserMixin, current_user, login_user

from app.blueprints.afterwards import afterwards
from app.extensions import login_manager, reader
from app.inbox import members, permissions, tokens
from app.inbox.permissions import Permission
from app.inbox.reply import Author
from app.models import Membership, User, Workspace
from app.models.states import Role

P = ParamSpec("P")
R = TypeVar("R")
WORKSPACE_KEY = "workspace_id"
VERSION_KEY = "session_version"
MAY_NOT = "This role may not “{}”. Use a person or a token that may."


class LoggedIn(UserMixin):  # type: ignore[misc] # Flask-Login has no types
    """A logged-in person, as Flask-Login wants one."""

    def __init__(self, user: User) -> None:
        """Wrap ``user``."""
        self.user = user

    def get_id(self) -> str:
        """Return the id that the session holds."""
        return str(self.user.id)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a person (``user``) or a program (None), always within one workspace.

    ``workspaces`` are all that the person may choose from.
    """

    workspace: Workspace
    role: Role
    user: User | None
    workspaces: tuple[Workspace, ...] = ()

    @property
    def workspace_id(self) -> int:
        """Return the id that every verb is given."""
        return self.workspace.id

    @property
    def is_operator(self) -> bool:
        """Say whether this is the person who runs the installation."""
        return bool(self.user and self.user.is_operator)

    def may(self, permission: Permission) -> bool:
        """Say whether the caller is allowed to."""
        return permission in permissions.of(self.role, is_operator=self.is_operator)

    def author(self, via: str) -> Author:
        """Return the caller as the author of an answer."""
        return Author(self.workspace_id, self.user.id if self.user else None, via)


@login_manager.user_loader  # type: ignore[untyped-decorator] # Flask-Login has no types
def load_user(user_id: str) -> LoggedIn | None:
    """Return the active person with this id, in the workspace they chose or their first one.

    Nobody, where their sessions were ended since this one began.
    """
    places = members.places(reader(), int(user_id))
    if not places or places[0].user.session_version != session.get(VERSION_KEY, 0):
        return None
    chosen = session.get(WORKSPACE_KEY)
    place = next((one for one in places if one.workspace_id == chosen), places[0])
    workspaces = tuple(one.workspace for one in places)
    g.caller = Caller(place.workspace, Role(place.role), place.user, workspaces)
    _note_seen(place)
    return LoggedIn(place.user)


def sign_in(user: User, workspace_id: int | None = None) -> None:
    """Begin a new session for ``user``, in a workspace or in their first one."""
    session.clear()
    session.permanent = True
    stay_signed_in(user)
    if workspace_id is not None:
        session[WORKSPACE_KEY] = workspace_id
    login_user(LoggedIn(user))


def stay_signed_in(user: User) -> None:
    """Keep this session where the others of ``user`` were ended."""
    session[VERSION_KEY] = user.session_version


def _note_seen(place: Membership) -> None:
    workspace_id, user_id = place.workspace_id, place.user_id
    if tokens.is_due(place.seen_at):
        afterwards(lambda session: members.note_seen(session, workspace_id, user_id))


def caller() -> Caller:
    """Return who is asking; aborts with 401 where nobody is known."""
    if "caller" not in g and not current_user.is_authenticated:
        abort(401)
    found: Caller = g.caller
    return found


def needs(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be used by callers who may: 401 for nobody, 403 for who may not."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not caller().may(permission):
                abort(403, MAY_NOT.format(permission))
            return view(*args, **kwargs)

        guarded.needs = permission  # type: ignore[attr-defined] # a test reads it from each route
        return guarded

    return decorate
