"""The examples of docs/api.md work as they stand there, in the order in which they stand there."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import responses

from app.blueprints.openapi import document
from app.inbox import reply
from app.models import AccountAddress, Conversation, Delivery, Message
from app.models.database import writing
from tests.api.conftest import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Engine

    from tests.api.conftest import Tenant

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
_BLOCK = re.compile(r"```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?", re.DOTALL)
INLET = "http://localhost"


@dataclass(frozen=True)
class Example:
    """A curl command of the guide; ``shown`` is the answer that follows it, as text."""

    method: str
    url: str
    headers: dict[str, str]
    data: str | None
    shown: str | None

    @property
    def path(self) -> str:
        return self.url.removeprefix(INLET).partition("?")[0]


def examples(token: str) -> Iterator[Example]:
    for block, shown in _BLOCK.findall(GUIDE.read_text()):
        plain = block.replace("\\\n", " ").replace("$TOKEN", token).replace("$INLET", INLET)
        for line in plain.splitlines():
            words = shlex.split(line)
            if words[:1] == ["curl"]:
                yield read(words[1:], shown or None)


def read(words: list[str], shown: str | None) -> Example:
    method, headers, data, url = None, {}, None, ""
    rest = iter(words)
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "--json":
            data = next(rest)
            headers["Content-Type"] = "application/json"
        else:
            url = word
    return Example(method or ("POST" if data else "GET"), url, headers, data, shown)


def shape(value: Any) -> Any:
    """Return the names in an answer without its values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return None


@pytest.fixture
def as_in_the_guide(ours: Tenant, engine: Engine) -> None:
    """What the examples speak of: Lena, the account, three messages that wait for a decision."""
    with writing(engine) as session:
        thread = session.get_one(Conversation, ours.conversation_id)
        thread.identity.value = "1254477777772919"
        thread.contact.name = "Lena Fischer"
        session.add(
            AccountAddress(
                channel="instagram", external_id="17841400000000001", account_id=ours.account_id
            )
        )
        author = reply.Author(ours.workspace_id, ours.admin_id, "api")
        stuck = [reply.reply(session, author, thread.id, text, None).message for text in "abc"]
        for message, state in zip(stuck, ("failed", "unconfirmed", "unconfirmed"), strict=True):
            message.status = state
            session.query(Delivery).filter_by(message_id=message.id).one().state = state
        assert [one.id for one in session.query(Message).order_by(Message.id)] == [1, 2, 3, 4]


def test_every_example_works(client: FlaskClient, ours: Tenant, as_in_the_guide: None) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as meta:
        meta.get("https://graph.facebook.com/v23.0/me", json={"id": "17841400000000002"})
        for one in examples(ours.token):
            answer = Api(client)(one.method, one.url, headers=one.headers, data=one.data)
            assert answer.status_code < 300, (one, answer.text)
            if one.shown is not None:
                assert shape(answer.json) == shape(json.loads(one.shown))


def test_every_route_has_an_example(app: Flask, ours: Tenant) -> None:
    given = {(one.method, re.sub(r"/\d+(?=/|$)", "/{}", one.path)) for one in examples("t")}
    routes = {
        (method.upper(), re.sub(r"\{[^}]+\}", "{}", path))
        for path, methods in document(app)["paths"].items()
        for method in methods
    }

    assert routes - given == set()
    assert given - routes == {("GET", "/api/openapi.json")}
