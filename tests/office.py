"""A workspace with a connected account, and short ways to use and look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from cryptography.fernet import Fernet
from sqlalchemy import Engine, delete, inspect, select
from sqlalchemy.orm import selectinload

from app import clock
from app.channels.graph import Graph
from app.crypto import Vault
from app.inbox import claim, deliver, integrations, members, reply
from app.inbox.drain import Drain
from app.inbox.keyring import Keyring
from app.inbox.mailroom import Mailroom
from app.inbox.sender import Sender
from app.inbox.spool.record import Received
from app.models import (
    Attachment,
    Base,
    Conversation,
    Delivery,
    DeliveryAttempt,
    ExternalEvent,
    Message,
    User,
    Workspace,
)
from app.models.database import reading, writing
from app.models.states import Role
from tests.bodies import ACCOUNT, PAGE, SECRET, Item, body

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from app.inbox.integrations import IntegrationInput
    from app.models import Integration

Row = TypeVar("Row", bound=Base)
TOKEN = "EAAG-page-token"


def vault() -> Vault:
    return Vault([Fernet.generate_key().decode()], "fingerprints")


def given(**changed: Any) -> IntegrationInput:
    """Return the Integration JSON of the account, read, with ``changed`` members."""
    config = {"webhookVerifyToken": "verify", "pageId": PAGE, "instagramPageId": ACCOUNT}
    raw = {"name": "instagram", "accessToken": TOKEN, "apiSecret": SECRET, "config": config}
    return integrations.read_input(raw | changed).data


@dataclass
class Office:
    """One workspace of an installation. Reads come back detached, in the order of their ids."""

    engine: Engine
    keyring: Keyring
    workspace_id: int
    integration_id: int
    graph: Graph = field(default_factory=Graph)

    def receive(self, *bodies: bytes, secret: str = SECRET) -> None:
        """Store bodies as the webhook does."""
        mailroom = Mailroom(self.engine)
        mailroom._engine = self.engine  # already connected, its statements compiled
        for raw in bodies:
            verified_by = self.keyring.vault.fingerprint(secret)
            mailroom.store(Received("instagram", raw, verified_by, clock.now()))

    def drain(self) -> int:
        return Drain(self.engine, self.keyring).run()

    def start_anew(self) -> None:
        """Empty the database and connect the account again."""
        with writing(self.engine) as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
        again = connect(self.engine, self.keyring, "Harbour")
        self.workspace_id, self.integration_id = again.workspace_id, again.integration_id

    def take_in(self, *items: Item, secret: str = SECRET) -> None:
        """Receive items in one body and apply them."""
        self.receive(body(*items), secret=secret)
        self.drain()

    def reply(
        self,
        text: str,
        client_id: str | None = None,
        thread: int | None = None,
        author_id: int | None = None,
    ) -> Message:
        author = reply.Author(self.workspace_id, author_id, "inbox" if author_id else "api")
        with writing(self.engine) as session:
            answer = reply.reply(session, author, thread or self.thread().id, text, client_id)
        return answer.message

    def person(self, name: str = "Ana") -> User:
        """Return a new agent of the workspace."""
        with writing(self.engine) as session:
            workspace = session.get_one(Workspace, self.workspace_id)
            email = f"{uuid4().hex}@inlet.example"
            return members.make_user(
                session, email, name, "a long password", workspace=workspace, role=Role.AGENT
            )

    def claim(self, limit: int = 100, rate: float = 10_000) -> list[int]:
        with writing(self.engine) as session:
            return claim.claim(session, limit, "test", rate).delivery_ids

    def begin(self, delivery_id: int | None = None) -> deliver.Call:
        """Begin the send of a delivery, by default of the one that can be claimed."""
        claimed = self.claim() if delivery_id is None else [delivery_id]
        with writing(self.engine) as session:
            [call] = deliver.begin(session, self.keyring, claimed[:1], clock.now())
        assert isinstance(call, deliver.Call)
        return call

    def finish(self, call: deliver.Call, answer: Any, took: timedelta | None = None) -> None:
        with writing(self.engine) as session:
            deliver.finish(session, [deliver.Answered(call, answer, took)])

    @property
    def sender(self) -> Sender:
        """Return what sends for the workspace."""
        return Sender(self.engine, self.graph, self.keyring)

    def deliver(self, delivery_id: int) -> None:
        """Send one claimed delivery."""
        for call in self.sender.begin([delivery_id]):
            self.sender.send(call)

    def send(self) -> None:
        """Send all that is due."""
        while claimed := self.claim():
            for delivery_id in claimed:
                self.deliver(delivery_id)

    def rows(self, model: type[Row], *where: ColumnElement[bool]) -> list[Row]:
        with reading(self.engine) as session:
            key = inspect(model).primary_key
            return list(session.scalars(select(model).where(*where).order_by(*key)))

    def row(self, model: type[Row], *where: ColumnElement[bool]) -> Row:
        [found] = self.rows(model, *where)
        return found

    def thread(self, *where: ColumnElement[bool]) -> Conversation:
        return self.row(Conversation, *where)

    def messages(self) -> list[Message]:
        """Return all messages in the order in which threads show them."""
        query = select(Message).options(selectinload(Message.attachments))
        with reading(self.engine) as session:
            return list(session.scalars(query.order_by(Message.position_at, Message.id)))

    def texts(self) -> list[str | None]:
        return [one.text for one in self.messages()]

    def outcomes(self) -> list[str]:
        return [one.outcome for one in self.rows(ExternalEvent)]

    def statuses(self) -> list[str]:
        return [one.status for one in self.messages()]

    def states(self) -> list[str]:
        return [one.state for one in self.rows(Delivery)]

    def attempts(self) -> list[DeliveryAttempt]:
        return self.rows(DeliveryAttempt)

    def files(self) -> list[Attachment]:
        return self.rows(Attachment)


def connect(
    engine: Engine, keyring: Keyring, name: str, wanted: IntegrationInput | None = None
) -> Office:
    """Make a workspace with a proven integration."""
    with writing(engine) as session:
        workspace = members.make_workspace(session, name)
        one = integrations.load(session, workspace.id, wanted or given(), keyring.vault)
        prove(session, one)
        return Office(engine, keyring, workspace.id, one.id)


def prove(session: Any, integration: Integration) -> None:
    """Prove the integration's accounts without asking Meta."""
    for account in integration.accounts:
        integrations.prove(session, account, frozenset({account.external_id}))
