"""What the inbox must hold once all that happened has come, in whatever order that was."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.models import (
    CommunicationLog,
    Contact,
    ContactIdentity,
    Conversation,
    ExternalEvent,
    ExternalEventLog,
    Lead,
    Message,
    Workspace,
)
from app.models.database import reading

if TYPE_CHECKING:
    from tests.office import Office

OF_MESSAGE = "external_id text kind direction status details position_at provider_at reply_to via"
OF_THREAD = (
    "preview preview_direction preview_kind preview_status position_at last_message_at status "
    "waiting_since window_opened_at unread_count attention_count"
)
DONE = {"applied", "duplicate", "ignored", "test_received"}


def shown(office: Office) -> Counter[str]:
    """Return all that people see, in lines, without what tells in which order it came."""
    query = (
        select(Workspace.name, ContactIdentity.value, Message, Conversation)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Conversation.identity)
        .join(Workspace, Workspace.id == Message.workspace_id)
        .order_by(Message.position_at)
    )
    with reading(office.engine) as session:
        rows = session.execute(query).all()
    lines = [f"{name} {who}: {_values(one, OF_MESSAGE)}" for name, who, one, _ in rows]
    lines += {f"{name} {who}: {_values(one, OF_THREAD)}" for name, who, _, one in rows}
    lines += [f"file {one.source_url}" for one in office.files()]
    lines += [f"logged {one.summary}" for one in office.rows(CommunicationLog)]
    lines += [f"contact {one.name}" for one in office.rows(Contact)]
    lines += [f"lead {one.stage}" for one in office.rows(Lead)]
    return Counter(lines)


def _values(row: object, names: str) -> dict[str, str]:
    return {name: str(getattr(row, name)) for name in names.split()}


def check_once(office: Office) -> None:
    """Each message is there once, with one line in the log; one conversation for each person."""
    messages, threads = office.messages(), office.rows(Conversation)
    assert len({one.identity_id for one in threads}) == len(threads)
    logged = Counter(one.message_id for one in office.rows(CommunicationLog))
    assert logged == Counter(one.id for one in messages)
    applied = Counter(
        (one.account_id, one.external_id)
        for one in office.rows(ExternalEvent)
        if (one.kind, one.outcome) == ("message_received", "applied")
    )
    assert all(count == 1 for count in applied.values())


def check(office: Office) -> None:
    """Every item of every body has had its effect, but for what a stranger signed."""
    assert {one.state for one in office.rows(ExternalEventLog)} <= {"unpacked"}
    for one in office.rows(ExternalEvent):
        wanted = {"unroutable"} if one.external_id == "m9" else DONE
        assert one.outcome in wanted, (one.kind, one.external_id, one.outcome, one.reason)
