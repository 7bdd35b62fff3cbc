"""The numbers a poll asks first, to learn whether anything has changed.

A workspace's number is raised as the last statement of a changing transaction, whichever verbs
made it up: so a late commit cannot hide behind an earlier one, and nobody holds the row that all
of a workspace's transactions need while waiting for another.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import event, select, update
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


def raise_contact(session: Session, workspace_id: int, contact_id: int) -> None:
    """Say that what is told beside a contact's threads has changed.

    It locks them until commit: messages are applied conversation first too, so nobody waits for
    somebody who waits.
    """
    threads = (
        select(Conversation.id)
        .where(Conversation.contact_id == contact_id, Conversation.workspace_id == workspace_id)
        .order_by(Conversation.id)
        .with_for_update()
    )
    session.execute(
        update(Conversation)
        .where(Conversation.id.in_(session.scalars(threads).all()))
        .values(version=Conversation.version + 1),
        execution_options={"synchronize_session": False},
    )


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
