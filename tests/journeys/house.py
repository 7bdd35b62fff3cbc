"""A whole installation of real processes, with the simulator playing Meta over real HTTP."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import redis
import requests
from sqlalchemy import select

from app.inbox import demo, members, tokens
from app.installation import Installation
from app.models import (
    ContactIdentity,
    Conversation,
    ExternalEvent,
    ExternalEventLog,
    Integration,
    Message,
)
from app.models.database import reading, writing
from app.models.events import EVENT_IS_OPEN, LOG_IS_PENDING
from app.models.states import Role
from config import Settings
from launch.programs import ROOT, commands
from tests.journeys.phones import Phones
from tests.journeys.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

ANSWER_WITHIN = 90.0  # seconds for what normally takes one; a machine may be slow and busy
SETTLED_WITHIN = 300.0  # seconds
LOOK_EVERY = 0.05  # seconds
PROGRAMS = ("redis", "web", "worker", "sweep", "simulator")
TWINS = ("worker", "sweep")
"""Of these there may be a second process; no journey has it unless it starts it."""
RETRY_SECONDS = "[0, 1, 2, 3]"  # Meta takes hours; a journey has a minute


class Line(NamedTuple):
    """One message of a thread, as the inbox has it."""

    id: int
    direction: str
    text: str | None
    status: str
    position_at: int


class House:
    """An installation in a folder of its own: what happens in it, and how to disturb it."""

    def __init__(
        self, installation: Installation, processes: Processes, phones: Phones, token: str
    ) -> None:
        settings = installation.settings
        self.address = f"http://{settings.inlet_host}:{settings.inlet_port}"
        self.engine = installation.engine
        self.redis = settings.redis
        self.processes = processes
        self.phones = phones
        self.spool = installation.spool
        self.vault = installation.vault
        self.token = token

    def wait(
        self,
        what: str,
        is_so: Callable[[], object],
        within: float = ANSWER_WITHIN,
        pause: float = LOOK_EVERY,
    ) -> None:
        """Wait until ``is_so()``; fail with the logs' ends where it does not come true."""
        deadline = time.monotonic() + within
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within:.0f} s: {what}\n{self.processes.tails()}")
            time.sleep(pause)

    def recover(self) -> None:
        """Have everything up and at its best."""
        self.phones.rest()
        self.processes.start(*PROGRAMS)
        self.wait_redis()
        self.wait_ready()

    def wait_ready(self, status: int = 200) -> None:
        """Wait until the web server answers /readyz with ``status``."""
        self.wait(f"/readyz is {status}", lambda: self._answer("/readyz") == status)

    def conversation(self, igsid: str) -> int:
        """Wait for the conversation with a customer and return its id."""
        self.wait(f"a conversation with {igsid}", lambda: self._conversation(igsid))
        return self._conversation(igsid) or 0

    def thread(self, conversation_id: int) -> list[Line]:
        """The messages of a conversation in the inbox's order."""
        query = (
            select(Message.id, Message.direction, Message.text, Message.status, Message.position_at)
            .where(Message.conversation_id == conversation_id)
            .order_by(Message.position_at, Message.id)
        )
        with reading(self.engine) as session:
            return [Line(*row) for row in session.execute(query)]

    def texts(self, conversation_id: int) -> list[str | None]:
        return [line.text for line in self.thread(conversation_id)]

    def wait_quiet(self, within: float = ANSWER_WITHIN) -> None:
        """Wait until every webhook was delivered and every item of it has its outcome."""
        self.wait("all webhooks are applied", self._is_quiet, within)

    def wait_settled(self, conversations: Collection[int], within: float = SETTLED_WITHIN) -> None:
        """Wait until all is applied and no answer in these conversations is on its way."""
        query = select(Message.id).where(
            Message.conversation_id.in_(conversations),
            Message.status.in_(["queued", "held", "sending"]),
        )

        def is_settled() -> bool:
            with reading(self.engine) as session:
                return session.scalar(query.limit(1)) is None and self._is_quiet()

        self.wait("all is settled", is_settled, within)

    def status(self, message_id: int) -> str:
        with reading(self.engine) as session:
            return session.get_one(Message, message_id).status

    def wait_status(self, message_id: int, status: str, within: float = ANSWER_WITHIN) -> None:
        self.wait(
            f"message {message_id} {status}", lambda: self.status(message_id) == status, within
        )

    def reply(self, conversation_id: int, text: str, client_id: str | None = None) -> int:
        """Answer over the API and return the message's id."""
        body = {"text": text, "client_id": client_id}
        answer = self.post(f"/api/inbox/conversations/{conversation_id}/reply", body)
        assert answer.status_code in {200, 202}, answer.text
        return int(answer.json()["id"])

    def messages(self, conversation_id: int) -> list[dict[str, Any]]:
        """The messages of a conversation as the API shows them."""
        answer = self._call("GET", f"/api/inbox/conversations/{conversation_id}/messages")
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def delivery(self, message_id: int) -> dict[str, Any]:
        """How the sending of a message went, as the API shows it."""
        told: dict[str, Any] = self._call("GET", f"/api/messages/{message_id}/deliveries").json()
        return told

    def post(self, path: str, body: object = None) -> requests.Response:
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: object = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, f"{self.address}{path}", json=body, headers=headers, timeout=60
            )

    def reconnect(self) -> None:
        """Enter the access token of the demo's connection anew."""
        [connection] = self._call("GET", "/api/integrations").json()["items"]
        with reading(self.engine) as session:
            stored = session.get_one(Integration, connection["id"]).access_token or ""
        entered = {"access_token": self.vault.decrypt(stored)}
        answer = self._call("PATCH", f"/api/integrations/{connection['id']}", entered)
        assert answer.ok, answer.text

    def flush_redis(self) -> None:
        with redis.Redis.from_url(self.redis) as client:
            client.flushall()

    def wait_redis(self) -> None:
        """Wait until Redis answers."""
        self.wait("Redis answers", self.redis_answers)

    def redis_answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.redis) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _answer(self, path: str) -> int | None:
        try:
            with requests.Session() as session:
                session.trust_env = False
                return session.get(f"{self.address}{path}", timeout=5).status_code
        except requests.RequestException:
            return None

    def _is_quiet(self) -> bool:
        webhooks = self.phones.webhooks()
        if webhooks["pending"] or webhooks["held"]:
            return False
        if self.spool.state().count:
            return False
        with reading(self.engine) as session:
            body = session.scalar(select(ExternalEventLog.id).where(LOG_IS_PENDING).limit(1))
            item = session.scalar(select(ExternalEvent.id).where(EVENT_IS_OPEN).limit(1))
        return body is None and item is None

    def _conversation(self, igsid: str) -> int | None:
        query = (
            select(Conversation.id)
            .join(ContactIdentity, Conversation.identity_id == ContactIdentity.id)
            .where(ContactIdentity.value == igsid)
        )
        with reading(self.engine) as session:
            return session.scalar(query)


@contextmanager
def open_house(
    database_url: str,
    redis_server: str,
    *,
    without: frozenset[str] = frozenset(),
    home: Path | None = None,
) -> Iterator[House]:
    """Run an installation with a demo workspace on a migrated database until the block ends.

    ``redis_server`` is the program of Redis; what stands in ``without`` is not started. ``home``
    is its folder, else one of its own that is gone afterwards.
    """
    with ExitStack() as stack:
        if home is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="inlet-journey-")))
        (home / "logs").mkdir()
        (home / "redis").mkdir()
        settings = Settings(
            inlet_home=home,
            inlet_port=_free_port(),
            inlet_simulator_port=_free_port(),
            database_url=database_url,
            redis_url=f"unix://{home}/redis.sock",
        )
        installation = Installation.of(settings)
        stack.callback(installation.engine.dispose)
        token = _furnish(installation)
        phones = Phones(f"http://{settings.inlet_host}:{settings.inlet_simulator_port}")
        stack.callback(phones.close)
        programs = commands(settings) | {"redis": _redis_command(home, redis_server)}
        programs |= {f"{name} 2": programs[name] for name in TWINS}
        processes = Processes(programs, _environment(settings), home / "logs")
        stack.callback(processes.close)
        processes.start(*(name for name in PROGRAMS if name not in without))
        house = House(installation, processes, phones, token)
        house.wait_ready()
        house.wait("the simulator answers", phones.is_up)
        yield house


def _furnish(installation: Installation) -> str:
    """Create the demo, tell the simulator of it, and return an API token for it."""
    settings = installation.settings
    simulator = f"http://{settings.inlet_host}:{settings.inlet_simulator_port}"
    with writing(installation.engine) as session:
        world = demo.seed(session, installation.vault, "demodemo1", settings.base_url, simulator)
        workspace = members.find_workspace(session, demo.WORKSPACE)
        token = tokens.make_token(session, workspace, "journeys", Role.ADMIN)
    demo.write_world(settings.home / "simulator", world)
    return token


def _environment(settings: Settings) -> dict[str, str]:
    ours = {name.upper() for name in (*Settings.model_fields, "meta_access_token")}
    theirs = {name: value for name, value in os.environ.items() if name not in ours}
    return theirs | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "INLET_HOME": str(settings.home),
        "INLET_PORT": str(settings.inlet_port),
        "INLET_SIMULATOR_PORT": str(settings.inlet_simulator_port),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SIMULATOR_HOME": str(settings.home / "simulator"),
        "SIMULATOR_RETRY_SECONDS": RETRY_SECONDS,
    }


def _redis_command(home: Path, program: str) -> list[str]:
    server = [program, "--dir", str(home / "redis"), "--port", "0", "--save", ""]
    return [*server, "--unixsocket", str(home / "redis.sock"), "--appendonly", "yes"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
