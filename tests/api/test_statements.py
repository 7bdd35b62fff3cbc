"""The number of SQL statements of a list does not depend on the number of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.inbox import integrations
from app.models import Attachment, ChannelAccount, Conversation
from app.models.database import writing
from tests.api.conftest import (
    make_conversation,
    make_event,
    make_lead,
    make_line,
    make_message,
    make_note,
)
from tests.statements import asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from app.crypto import Vault
    from tests.api.conftest import Api, Tenant


def conversations(session: Session, ours: Tenant, vault: Vault, number: int) -> None:
    account = session.get_one(ChannelAccount, ours.account_id)
    made = make_conversation(session, account, f"c{number}")
    made.assignee_id = ours.agent_id if number % 2 else ours.admin_id


def messages(session: Session, ours: Tenant, vault: Vault, number: int) -> None:
    conversation = session.get_one(Conversation, ours.conversation_id)
    made = make_message(session, conversation, "m")
    made.author_id = ours.agent_id if number % 2 else ours.admin_id
    files = [Attachment(workspace_id=ours.workspace_id, position=n, kind="image") for n in (0, 1)]
    made.attachments.extend(files)


def events(session: Session, ours: Tenant, vault: Vault, number: int) -> None:
    make_event(session, ours.workspace_id, ours.account_id, f"m{number}")


def connections(session: Session, ours: Tenant, vault: Vault, number: int) -> None:
    read = integrations.read_input({"name": "instagram", "config": {"pageId": str(number + 9)}})
    integrations.load(session, ours.workspace_id, read.data, vault)


def people(session: Session, ours: Tenant, vault: Vault, number: int) -> None:
    account = session.get_one(ChannelAccount, ours.account_id)
    conversation = make_conversation(session, account, f"p{number}")
    make_line(session, make_message(session, conversation, "m"), conversation)
    make_lead(session, conversation)


def notes(session: Session, ours: Tenant, vault: Vault, number: int) -> None:
    conversation = session.get_one(Conversation, ours.conversation_id)
    make_note(session, conversation, ours.agent_id if number % 2 else ours.admin_id)


@pytest.mark.parametrize(
    ("path", "fill"),
    [
        ("/api/inbox/conversations", conversations),
        ("/api/inbox/conversations/{0.conversation_id}/messages", messages),
        ("/api/contacts", people),
        ("/api/contacts/{0.contact_id}/notes", notes),
        ("/api/leads", people),
        ("/api/communication-logs", people),
        ("/api/events", events),
        ("/api/integrations", connections),
    ],
)
def test_no_statement_per_row(
    app: Flask,
    api: Api,
    ours: Tenant,
    engine: Engine,
    vault: Vault,
    path: str,
    fill: Callable[[Session, Tenant, Vault, int], None],
) -> None:
    address = path.format(ours)

    def run(first: int, last: int) -> tuple[int, int]:
        with writing(engine) as session:
            for number in range(first, last):
                fill(session, ours, vault, number)
        with asked(app.extensions["inlet"].engine) as seen:
            rows = len(api.get(address).json["items"])
        return rows, len(seen)

    few, many = run(0, 2), run(2, 20)

    assert (few[0], many[0]) == (3, 21)
    assert few[1] == many[1] <= 6
