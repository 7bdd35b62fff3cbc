"""A test webhook goes through the real route and says at which step it ended."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import responses
from cryptography.fernet import Fernet
from sqlalchemy import update
from werkzeug.serving import make_server

from app.crypto import Vault
from app.inbox import self_test
from app.models import Contact, ExternalEvent, Integration
from app.models.database import writing
from tests.connections.test_page import HOME
from tests.inbox_pages.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from config import Settings
    from tests.office import Office


@contextmanager
def served(app: Flask, settings: Settings) -> Iterator[None]:
    """Let the application answer on the port that its settings name, and drain meanwhile."""
    server = make_server(settings.inlet_host, settings.inlet_port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return settings.model_copy(update={"inlet_port": free.getsockname()[1]})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "PATIENCE", 0.0)


def run(admin: Visitor, office: Office) -> str:
    path = f"{HOME}/{office.integration_id}/test"
    answer = admin.submit(HOME, path)
    assert (answer.status_code, answer.location) == (303, path)
    return admin.get(path).text


def test_a_test_that_arrives_is_seen_as_a_test(
    app: Flask, settings: Settings, admin: Visitor, office: Office, impatient: None
) -> None:
    with served(app, settings):
        page = run(admin, office)
    assert "Answered 200." in page
    assert "The body is in the event log." in page
    assert "Not yet." in page
    office.drain()
    page = admin.get(f"{HOME}/{office.integration_id}/test").text
    assert "Seen as a test." in page
    assert office.outcomes() == ["test_received"]
    assert office.rows(Contact) == []


def test_two_tests_are_two(
    app: Flask, settings: Settings, admin: Visitor, office: Office, impatient: None
) -> None:
    with served(app, settings):
        run(admin, office)
        run(admin, office)
    office.drain()
    assert len(office.rows(ExternalEvent)) == 2


def test_nobody_there_is_said(
    settings: Settings, admin: Visitor, office: Office, impatient: None
) -> None:
    page = run(admin, office)
    assert "Nothing answered." in page
    assert "PUBLIC_URL" in page
    assert "Signature accepted" not in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "Answered 403"),
        (404, "something else than Inlet answers"),
        (302, "something else than Inlet answers"),
        (503, "could not be stored"),
        (200, "another one answered"),
    ],
)
def test_what_answers_instead_is_told(
    settings: Settings,
    admin: Visitor,
    office: Office,
    impatient: None,
    status: int,
    words: str,
) -> None:
    address = f"http://127.0.0.1:{settings.inlet_port}/api/webhooks/instagram"
    with responses.RequestsMock() as mock:
        mock.post(address, status=status)
        assert words in run(admin, office)


def test_without_a_secret_nothing_can_be_signed(admin: Visitor, office: Office) -> None:
    stranger = Vault([Fernet.generate_key().decode()], "other")
    for stored in (None, stranger.encrypt("secret")):
        with writing(office.engine) as session:
            session.execute(update(Integration).values(api_secret=stored))
        answer = admin.submit(HOME, f"{HOME}/{office.integration_id}/test")
        assert answer.status_code == 303
        assert "there is no app secret" in admin.get(HOME).text


def test_a_result_that_is_not_kept_leads_back(admin: Visitor, office: Office) -> None:
    answer = admin.get(f"{HOME}/{office.integration_id}/test")
    assert answer.status_code == 303


def test_the_public_address_comes_first_and_the_own_one_instead(app: Flask, office: Office) -> None:
    with responses.RequestsMock() as mock:
        mock.post("http://127.0.0.1:8000/api/webhooks/instagram", status=200)
        found = self_test.post(
            office.keyring, "instagram", "s", ["https://inbox.example.com", "http://127.0.0.1:8000"]
        )
    assert found.unreachable == "https://inbox.example.com/api/webhooks/instagram"
    assert found.status == 200
