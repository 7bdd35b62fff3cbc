"""Agents with a browser, as a benchmark needs them: logged in, without the browser."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.inbox import members
from app.models.database import writing
from app.models.states import Role
from benchmarks.stage import Stage

PASSWORD = "a long enough password"  # noqa: S105 - of people who exist for one benchmark
_TAG = re.compile(r'hx-ptag="([^"]+)"')


@dataclass(frozen=True)
class Agent:
    """A member of the stage's workspace with the cookie of their session."""

    user_id: int
    cookie: str


def agents(one: Stage, count: int) -> tuple[Flask, list[Agent]]:
    """Make as many agents; return them, and an application in this process that knows them."""
    app = create_app(one.installation.settings)
    with writing(one.installation.engine) as session:
        made = [_agent(session, number) for number in range(count)]
    return app, [Agent(user_id, _cookie(app, user_id)) for user_id in made]


def _agent(session: Session, number: int) -> int:
    workspace = members.find_workspace(session, None)
    email = f"agent{number}@example.com"
    return members.make_user(
        session, email, f"Agent {number}", PASSWORD, workspace=workspace, role=Role.AGENT
    ).id


def _cookie(app: Flask, user_id: int) -> str:
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = str(user_id), True
    cookie = client.get_cookie("inlet")
    assert cookie is not None
    return cookie.value


def get(path: str, agent: Agent, tag: str | None = None) -> bytes:
    """Return the HTTP request of a page, or of a poll that holds ``tag``."""
    polled = f"HX-PTag: {tag}\r\n" if tag else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
        f"Cookie: inlet={agent.cookie}\r\n{polled}\r\n"
    ).encode()


def look(app: Flask, path: str, agent: Agent) -> str:
    """Return a page as the application in this process draws it."""
    client = app.test_client()
    client.set_cookie("inlet", agent.cookie)
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status}"  # noqa: PLR2004
    return answer.text


def tag_in(html: str) -> str:
    """Return the tag with which a fragment is polled next."""
    found = _TAG.search(html)
    assert found, "the fragment has no tag"
    return found[1]
