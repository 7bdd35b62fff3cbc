"""The numbers a poll asks first, to learn whether anything has changed.

A workspace's number is raised as the last statement of a changing transaction, whichever verbs
made it up: so a late commit cannot hide behind an earlier one, and nobody holds the row that all
of a workspace's transactions need while waiting for another.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import event, update
from sqlalchemy.orm import Session

from app.models import Conversation, Workspace

_CHANGED = "changed_workspaces"


def raise_versions(session: Session, conversation_id: int, workspace_id: int) -> None:
    """Say that a conversation, and with it its workspace's list, has changed."""
    session.flush()
    changed = update(Conversation).where(Conversation.id == conversation_id)
    session.execute(
        changed.values(version=Conversation.version + 1),
        execution_options={"synchronize_session": False},
    )
    raise_workspaces(session, [workspace_id])


def raise_workspaces(session: Session, workspace_ids: Iterable[int]) -> None:
    """Say that the lists of these workspaces have changed."""
    session.info.setdefault(_CHANGED, set()).update(workspace_ids)


@event.listens_for(Session, "before_commit")
def _raise_changed(session: Session) -> None:
    changed = session.info.pop(_CHANGED, None)
    if changed:
        session.flush()
        session.execute(
            update(Workspace)
            .where(Workspace.id.in_(sorted(changed)))
            .values(version=Workspace.version + 1),
            execution_options={"synchronize_session": False},
        )
