"""A simulator with its webhook engine, and an inbox that only writes down what it is sent."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from simulator import create_app
from simulator.config import Settings
from simulator.world import World

SECRET = "app-secret"
RETRY = (0, 0.05, 0.1)
DEADLINE = 60.0


def eventually(ready: Callable[[], object]) -> None:
    """Wait until something has happened; fail when it does not."""
    end = time.monotonic() + DEADLINE
    while not ready():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


@dataclass
class Request:
    body: bytes
    headers: dict[str, str]
    arrived: float

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for entry in self.json["entry"] for item in entry.get("messaging", [])]


@dataclass
class Inbox:
    """Answers with `status`; holds answers back while `gate` is closed."""

    url: str = ""
    status: int = 200
    verify_token: str = "verify"
    requests: list[Request] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    busy: int = 0
    most_busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def texts(self) -> list[str]:
        return [item["message"]["text"] for one in self.requests for item in one.items]


def _handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            good = query["hub.verify_token"] == [inbox.verify_token]
            self._answer(200 if good else 403, query["hub.challenge"][0] if good else "no")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with inbox.lock:
                inbox.busy += 1
                inbox.most_busy = max(inbox.most_busy, inbox.busy)
                inbox.requests.append(Request(body, dict(self.headers), time.time()))
            inbox.gate.wait(DEADLINE)
            with inbox.lock:
                inbox.busy -= 1
            self._answer(inbox.status, "EVENT_RECEIVED")

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            pass

    return Handler


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    found = Inbox()
    found.gate.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    found.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.gate.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path, inbox: Inbox) -> Settings:
    described = {
        "callback_url": inbox.url,
        "verify_token": inbox.verify_token,
        "app_id": "42",
        "app_secret": SECRET,
        "accounts": [
            {
                "name": "Harbour Ceramics",
                "username": "harbour",
                "login": "facebook",
                "instagram_id": "17841400000000001",
                "page_id": "100100100100100",
                "token": "EAAGpage",
            },
            {
                "name": "Atelier",
                "username": "atelier",
                "login": "instagram",
                "instagram_id": "17841400000000002",
                "token": "IGAAuser",
            },
        ],
        "customers": [{"name": "Ann", "username": "ann"}, {"name": "Bob", "username": "bob"}],
    }
    (tmp_path / "simulator.json").write_text(json.dumps(described), encoding="utf-8")
    return Settings(home=tmp_path, retry_seconds=RETRY)


@dataclass
class Sim:
    """The simulator as a test uses it: people, the Graph API and the control API."""

    client: FlaskClient
    world: World

    @classmethod
    def start(cls, settings: Settings) -> Self:
        app = create_app(settings)
        return cls(app.test_client(), app.extensions["simulator"])

    def control(self, method: str, path: str, body: object = None) -> Any:
        answer = self.client.open(f"/control/{path}", method=method, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json

    def write(self, text: str = "hi", customer: str = "ann", **more: object) -> dict[str, Any]:
        body = {"customer": customer, "account": "harbour", "text": text, **more}
        found: dict[str, Any] = self.control("POST", "messages", body)
        return found

    def switch(self, **patch: object) -> None:
        self.control("PUT", "switches", patch)

    def account(self, **patch: object) -> None:
        self.control("PATCH", "accounts/harbour", patch)

    def graph(
        self,
        path: str = "me/messages",
        body: object = None,
        *,
        token: str | None = "EAAGpage",
        method: str = "POST",
        host: str = "graph.facebook.com",
    ) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.open(f"/{host}/v23.0/{path}", method=method, json=body, headers=headers)

    def reply(self, igsid: str, text: str = "hello", **more: object) -> TestResponse:
        return self.graph(body={"recipient": {"id": igsid}, "message": {"text": text}, **more})

    def received(self) -> list[str]:
        return [item["text"] for item in self.control("GET", "messages")["items"]]


@pytest.fixture
def sim(settings: Settings) -> Iterator[Sim]:
    found = Sim.start(settings)
    yield found
    found.world.close()


@pytest.fixture
def igsid(sim: Sim) -> str:
    """Ann, who has just written to Harbour Ceramics."""
    return str(sim.write()["igsid"])
