from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import CapturingLogger

from app.blueprints import errors

if TYPE_CHECKING:
    from flask.testing import FlaskClient


@pytest.fixture
def database_url() -> str:
    """A database server that is not there."""
    return "postgresql+psycopg://inlet@127.0.0.1:1/inlet"


@pytest.fixture
def client(client: FlaskClient) -> FlaskClient:
    """The browser of somebody who was logged in when the database went away."""
    with client.session_transaction() as kept:
        kept["_user_id"] = "1"
    return client


@pytest.mark.parametrize("path", ["/inbox", "/inbox/1", "/inbox/list", "/inbox/events/1"])
def test_with_the_database_away_the_page_says_so(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert "The database does not answer" in answer.text
    assert "DATABASE_URL" in answer.text


@pytest.mark.parametrize("path", ["/inbox/list", "/inbox/1/thread", "/inbox/1/panel"])
def test_with_the_database_away_a_poll_says_so_too(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"HX-PTag": "what was there before"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


def test_the_login_can_still_be_seen(client: FlaskClient) -> None:
    assert client.get("/login").status_code == 200


def test_no_link_with_a_code_is_logged(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(errors, "log", log)

    client.get("/welcome/nobody-else-may-know")

    assert "database_away" in str(log.calls)
    assert "nobody-else-may-know" not in str(log.calls)
