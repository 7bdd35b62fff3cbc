"""Two workspaces that know nothing of each other, each with a customer who wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from app import clock
from app.crypto import Vault
from app.inbox import integrations, members, tokens
from app.inbox.ingest.people import IDENTITY_KIND
from app.models import (
    ChannelAccount,
    ChannelCounter,
    CommunicationLog,
    Contact,
    ContactIdentity,
    ContactNote,
    Conversation,
    ExternalEvent,
    ExternalEventLog,
    Integration,
    Lead,
    Message,
    User,
    Workspace,
)
from app.models.database import writing
from app.models.states import Role
from tests import emptied

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Engine
    from werkzeug.datastructures import Headers

    from config import Settings

database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres
PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Tenant:
    """One workspace and the ids in it."""

    workspace_id: int
    admin_id: int
    agent_id: int
    token: str
    agent_token: str
    integration_id: int
    account_id: int
    contact_id: int
    conversation_id: int
    message_id: int
    event_id: int
    note_id: int
    lead_id: int
    user_id: int
    token_id: int


@dataclass(frozen=True)
class Answer:
    """An answer as a test reads it: ``json`` is whatever the body holds."""

    status_code: int
    headers: Headers
    mimetype: str | None
    json: Any
    text: str


@dataclass(frozen=True)
class Api:
    """Calls the API as a program does; ``csrf`` and no token: as a browser."""

    client: FlaskClient
    token: str | None = None
    csrf: str | None = None

    def __call__(self, method: str, path: str, **arguments: Any) -> Answer:
        headers = dict(arguments.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if self.csrf:
            headers.setdefault("X-CSRFToken", self.csrf)
        answer = self.client.open(path, method=method, headers=headers, **arguments)
        return Answer(
            answer.status_code,
            answer.headers,
            answer.mimetype,
            answer.get_json(silent=True),
            answer.text,
        )

    def get(self, path: str, **query: Any) -> Answer:
        return self("GET", path, query_string=query)

    def post(self, path: str, **body: Any) -> Answer:
        return self("POST", path, json=body)

    def patch(self, path: str, **body: Any) -> Answer:
        return self("PATCH", path, json=body)

    def reply(self, conversation_id: int, **body: Any) -> Answer:
        return self.post(f"/api/inbox/conversations/{conversation_id}/reply", **body)


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.vault_keys, settings.session_key)


@pytest.fixture
def ours(engine: Engine, vault: Vault) -> Tenant:
    with writing(engine) as session:
        return make_tenant(session, vault, "Ours", "1784000000000001")


@pytest.fixture
def theirs(engine: Engine, vault: Vault) -> Tenant:
    with writing(engine) as session:
        return make_tenant(session, vault, "Theirs", "1784000000000002")


@pytest.fixture
def api(client: FlaskClient, ours: Tenant) -> Api:
    return Api(client, ours.token)


@pytest.fixture
def stranger(client: FlaskClient, theirs: Tenant) -> Api:
    return Api(client, theirs.token)


def browser(app: Flask, user_id: int) -> Api:
    """Return the API as a logged-in person's browser calls it."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = str(user_id)
        session["_fresh"] = True
        session["csrf_token"] = "raw"
    signed = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("raw")
    return Api(client, csrf=signed)


def make_tenant(session: Session, vault: Vault, name: str, external_id: str) -> Tenant:
    workspace = members.make_workspace(session, name)
    admin, agent = (_person(session, workspace, name, role) for role in (Role.ADMIN, Role.AGENT))
    integration = _integration(session, workspace, vault, external_id)
    account = integration.accounts[0]
    conversation = make_conversation(session, account, f"customer of {name}")
    message = make_message(session, conversation, "hello")
    event = make_event(session, workspace.id, account.id, f"m_{name}")
    note = make_note(session, conversation, admin.id)
    lead = make_lead(session, conversation)
    make_line(session, message, conversation, lead)
    token, agent_token = (
        tokens.make_token(session, workspace, role, role) for role in (Role.ADMIN, Role.AGENT)
    )
    return Tenant(
        workspace.id,
        admin.id,
        agent.id,
        token,
        agent_token,
        integration.id,
        account.id,
        conversation.contact_id,
        conversation.id,
        message.id,
        event.id,
        note.id,
        lead.id,
        agent.id,
        tokens.listed(session, workspace.id)[0].id,
    )


def _person(session: Session, workspace: Workspace, name: str, role: Role) -> User:
    email = f"{role}@{name.lower()}.example"
    return members.make_user(session, email, role, PASSWORD, workspace=workspace, role=role)


def _integration(
    session: Session, workspace: Workspace, vault: Vault, external_id: str
) -> Integration:
    given = integrations.read_input(
        {
            "name": "instagram",
            "accessToken": "EAAtoken",
            "apiSecret": f"secret of {workspace.name}",
            "config": {"instagramPageId": external_id, "webhookVerifyToken": "verify"},
        }
    )
    made = integrations.load(session, workspace.id, given.data, vault)
    integrations.prove(session, made.accounts[0], frozenset({external_id}))
    return made


def make_conversation(
    session: Session, account: ChannelAccount, name: str, *, unread: int = 1
) -> Conversation:
    workspace_id = account.workspace_id
    contact = Contact(workspace_id=workspace_id, name=name, username=None)
    identity = ContactIdentity(
        workspace_id=workspace_id,
        scope=f"account:{account.id}",
        kind=IDENTITY_KIND,
        value=f"person {name}",
        contact=contact,
    )
    now = clock.now()
    conversation = Conversation(
        workspace_id=workspace_id,
        account=account,
        identity=identity,
        contact=contact,
        channel="instagram",
        preview="hello",
        position_at=clock.milliseconds(now),
        last_message_at=now,
        waiting_since=now,
        window_opened_at=now - timedelta(minutes=1),
        unread_count=unread,
    )
    session.add(conversation)
    counter = session.get(ChannelCounter, (workspace_id, "instagram"))
    if counter is None:
        counter = ChannelCounter(
            workspace_id=workspace_id, channel="instagram", unread_conversations=0
        )
        session.add(counter)
    counter.unread_conversations += bool(unread)
    session.flush()
    return conversation


def make_message(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    at: int | None = None,
    external_id: str | None = None,
) -> Message:
    message = Message(
        workspace_id=conversation.workspace_id,
        conversation_id=conversation.id,
        account_id=conversation.account_id,
        external_id=external_id,
        direction="inbound",
        kind="text",
        text=text,
        details={},
        status="delivered",
        position_at=conversation.position_at if at is None else at,
        received_at=clock.now(),
    )
    session.add(message)
    session.flush()
    return message


def make_note(
    session: Session, conversation: Conversation, author_id: int | None, text: str = "Likes blue."
) -> ContactNote:
    note = ContactNote(
        workspace_id=conversation.workspace_id,
        contact_id=conversation.contact_id,
        author_id=author_id,
        text=text,
    )
    session.add(note)
    session.flush()
    return note


def make_lead(session: Session, conversation: Conversation) -> Lead:
    lead = Lead(workspace_id=conversation.workspace_id, contact_id=conversation.contact_id)
    session.add(lead)
    session.flush()
    return lead


def make_line(
    session: Session, message: Message, conversation: Conversation, lead: Lead | None = None
) -> CommunicationLog:
    line = CommunicationLog(
        workspace_id=message.workspace_id,
        message_id=message.id,
        contact_id=conversation.contact_id,
        lead_id=lead and lead.id,
        channel=conversation.channel,
        direction=message.direction,
        summary=message.text or "",
        occurred_at=message.received_at,
    )
    session.add(line)
    session.flush()
    return line


def make_event(
    session: Session,
    workspace_id: int | None,
    account_id: int | None,
    mid: str,
    outcome: str = "parked",
    created_at: datetime | None = None,
) -> ExternalEvent:
    body = b'{"object":"instagram","entry":[{"id":"1","messaging":[{"message":{"mid":"%s"}}]}]}'
    log = ExternalEventLog(
        endpoint="instagram",
        body=body % mid.encode(),
        digest=mid.encode(),
        verified_by="print",
        received_count=3,
        state="unpacked",
    )
    session.add(log)
    session.flush()
    event = ExternalEvent(
        log_id=log.id,
        position=0,
        path="0.entry.0.messaging.0",
        workspace_id=workspace_id,
        account_id=account_id,
        channel="instagram",
        addressed_to="1",
        kind="message_received",
        external_id=mid,
        outcome=outcome,
        created_at=created_at or clock.now(),
    )
    session.add(event)
    session.flush()
    return event
