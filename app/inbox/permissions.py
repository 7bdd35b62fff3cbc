"""Who may do what: one table from roles to permissions. docs/people.md shows it to people."""

from __future__ import annotations

from enum import StrEnum

from app.models.states import Role


class Permission(StrEnum):
    """What a person or a program may be allowed to do within one workspace."""

    READ_INBOX = "read_inbox"
    ANSWER = "answer"
    TRIAGE = "triage"
    EDIT_CONTACTS = "edit_contacts"
    REPLAY_EVENTS = "replay_events"
    SEE_PEOPLE = "see_people"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_CONNECTIONS = "manage_connections"
    MANAGE_WORKSPACE = "manage_workspace"
    SEE_HEALTH = "see_health"
    OPERATE = "operate"


_AGENT = frozenset(
    {Permission.READ_INBOX, Permission.ANSWER, Permission.TRIAGE, Permission.EDIT_CONTACTS}
)
_MANAGER = _AGENT | {Permission.REPLAY_EVENTS, Permission.SEE_PEOPLE}
_ADMIN = _MANAGER | {
    Permission.MANAGE_PEOPLE,
    Permission.MANAGE_TOKENS,
    Permission.MANAGE_CONNECTIONS,
    Permission.MANAGE_WORKSPACE,
    Permission.SEE_HEALTH,
}
TABLE = {Role.AGENT: _AGENT, Role.MANAGER: _MANAGER, Role.ADMIN: _ADMIN}
"""What each role may do; a role may all that the one before it may."""

OPERATOR = frozenset(
    {
        Permission.OPERATE,
        Permission.SEE_HEALTH,
        Permission.MANAGE_WORKSPACE,
        Permission.REPLAY_EVENTS,
    }
)
"""What the person who runs the installation may do besides, in whichever role."""


def of(role: Role, *, is_operator: bool = False) -> frozenset[Permission]:
    """Return what somebody in ``role`` may do."""
    return TABLE[role] | OPERATOR if is_operator else TABLE[role]


def may_grant(giver: Role, role: Role) -> bool:
    """Say whether somebody in ``giver`` may hand out ``role``: nobody gives more than they have."""
    return TABLE[role] <= TABLE[giver]
