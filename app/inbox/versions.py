"""The numbers a poll asks first: has anything changed since?

They are raised as the last statements of a changing transaction, so that a late commit cannot
hide behind an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import Conversation, Workspace


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
    changed = update(Workspace).where(Workspace.id.in_(sorted(set(workspace_ids))))
    session.execute(
        changed.values(version=Workspace.version + 1),
        execution_options={"synchronize_session": False},
    )
