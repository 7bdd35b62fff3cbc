"""An account is connected, checked, tested and switched off: without scripts, and by keyboard.

The simulator plays Meta, over HTTP.
"""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

import simulator
from app.inbox import members, self_test
from app.models import Integration
from app.models.database import writing
from app.models.states import Role
from simulator.config import Settings as SimulatorSettings
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of
from tests.office import Office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from playwright.sync_api import Page

    from config import Settings

pytestmark = pytest.mark.browser

ACCOUNT, PAGE, TOKEN, SECRET = "17841400000000001", "100100100100100", "EAAGpage", "app-secret"
WORLD = {
    "app_id": "42",
    "app_secret": SECRET,
    "require_proof": True,
    "accounts": [
        {
            "name": "Harbour Ceramics",
            "username": "harbour",
            "instagram_id": ACCOUNT,
            "page_id": PAGE,
            "token": TOKEN,
        }
    ],
}
WRITTEN = {
    "name": "instagram",
    "accessToken": TOKEN,
    "apiSecret": SECRET,
    "config": {"webhookVerifyToken": "chosen", "pageId": PAGE},
}


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[int]:
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def meta(tmp_path: Path) -> Iterator[str]:
    """The address of a Graph API that knows one account."""
    (tmp_path / "simulator.json").write_text(json.dumps(WORLD))
    app = simulator.create_app(SimulatorSettings(home=tmp_path, retry_seconds=(0,)))
    with served(app) as port:
        yield f"http://127.0.0.1:{port}/graph.facebook.com"
    app.extensions["simulator"].close()


@pytest.fixture
def settings(settings: Settings, meta: str) -> Settings:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = {"inlet_port": free.getsockname()[1], "graph_url": meta}
    return settings.model_copy(update=own)


@pytest.fixture
def site(app: Flask, settings: Settings) -> Iterator[str]:
    """The application on the port that its settings name: it will knock on its own door."""
    with served(app, settings.inlet_port) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A workspace without any connection, with an admin."""
    monkeypatch.setattr(self_test, "PATIENCE", 0.0)
    installation = app.extensions["inlet"]
    with writing(installation.engine) as session:
        workspace = members.make_workspace(session, "Bare")
    found = Office(installation.engine, installation.keyring, workspace.id, 0)
    Visitor.member(app, found, Role.ADMIN)
    return found


def log_in(page: Page, site: str, office: Office) -> None:
    page.goto(f"{site}/login")
    page.get_by_label("E-mail address").fill(email_of(office, Role.ADMIN))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site}/inbox")


def test_from_json_to_a_tested_connection_without_scripts(
    without_scripts: Page, site: str, office: Office
) -> None:
    page = without_scripts
    log_in(page, site, office)
    page.goto(f"{site}/settings/connections")
    expect(page.get_by_text("No account is connected yet")).to_be_visible()
    page.get_by_role("link", name="Connect an account").click()
    page.get_by_label("Integration JSON").fill(json.dumps(WRITTEN))
    page.get_by_role("button", name="Save and check").last.click()

    card = page.locator(".connection")
    expect(card).to_contain_text("@harbour")
    expect(card).to_contain_text("It does not expire")
    expect(card).to_contain_text("Waiting for a first message")
    assert office.row(Integration).checked_at is not None
    page.get_by_text("What to enter in Meta's dashboard").click()
    expect(page.get_by_label("Verify token")).to_have_value("chosen")
    expect(page.get_by_label("Callback URL")).to_have_value(f"{site}/api/webhooks/instagram")

    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("Answered 200.")).to_be_visible()
    expect(page.get_by_text("Not yet.")).to_be_visible()
    office.drain()
    page.reload()
    expect(page.get_by_text("Seen as a test.")).to_be_visible()

    page.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="Switch off").click()
    expect(card).to_contain_text("Switched off")
    page.get_by_role("button", name="Switch on").click()
    expect(card).not_to_contain_text("Switched off")


def test_by_fields_with_the_keyboard_alone(
    page: Page, site: str, office: Office, complaints: list[str]
) -> None:
    log_in(page, site, office)
    page.goto(f"{site}/settings/connections/new")
    reach(page, "[name=login]")
    page.keyboard.press("Tab")
    for text in (ACCOUNT, PAGE, TOKEN, SECRET):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator(".connection")).to_contain_text("@harbour")
    reach(page, "a.danger")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Delete this connection?")).to_be_visible()
    reach(page, "button.danger")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No account is connected yet")).to_be_visible()
    assert complaints == []


def reach(page: Page, selector: str) -> None:
    """Press Tab until the first such element has the focus."""
    wanted = page.locator(selector).first
    for _ in range(60):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached with the keyboard")
