"""Meta's handshake gets its challenge back where mode and token are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app.blueprints.webhooks import ENDPOINTS
from app.models import Integration
from app.models.database import writing

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.office import Office
    from tests.webhooks.conftest import MakeApp


def shake(client: FlaskClient, endpoint: str = "instagram", **changed: str) -> TestResponse:
    query = {"mode": "subscribe", "verify_token": "verify", "challenge": "test123"} | changed
    return client.get(
        f"/api/webhooks/{endpoint}", query_string={f"hub.{k}": v for k, v in query.items()}
    )


@pytest.mark.parametrize("endpoint", ["instagram", "meta"])
def test_the_right_token_gets_the_challenge_back(
    client: FlaskClient, office: Office, endpoint: str
) -> None:
    answer = shake(client, endpoint)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"test123", "text/plain")


@pytest.mark.parametrize("endpoint", ["messenger", "whatsapp"])
def test_a_token_of_another_channel_is_refused(
    client: FlaskClient, office: Office, endpoint: str
) -> None:
    assert shake(client, endpoint).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"mode": "unsubscribe"},
        {"mode": ""},
        {"verify_token": "wrong"},
        {"verify_token": ""},
        {"verify_token": "vérify"},
        {"challenge": ""},
        {"challenge": "<script>alert(1)</script>"},
        {"challenge": "x" * 201},
        {"challenge": "a\nb"},
    ],
)
def test_anything_else_is_refused_and_repeats_nothing(
    client: FlaskClient, office: Office, changed: dict[str, str]
) -> None:
    answer = shake(client, **changed)
    assert answer.status_code == 403
    assert b"script" not in answer.data


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_without_any_token_nothing_is_right(client: FlaskClient, endpoint: str) -> None:
    assert shake(client, endpoint, verify_token="").status_code == 403


def test_the_environments_token_is_right_too(make_app: MakeApp, database_url: str) -> None:
    app = make_app(database_url=database_url, instagram_verify_token="from-env")
    assert shake(app.test_client(), verify_token="from-env").status_code == 200
    assert shake(app.test_client(), verify_token="verify").status_code == 403


def test_a_disabled_integration_still_shakes_hands(client: FlaskClient, office: Office) -> None:
    with writing(office.engine) as session:
        session.execute(update(Integration).values(is_enabled=False))
    assert shake(client).status_code == 200


def test_an_endpoint_of_no_channel_is_not_found(client: FlaskClient) -> None:
    assert shake(client, "telegram").status_code == 404


def test_while_the_database_is_away_meta_is_told_to_come_back(
    make_app: MakeApp, tmp_path: Path
) -> None:
    app = make_app(database_url=f"sqlite:///{tmp_path}/missing/inlet.db")
    answer = shake(app.test_client())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
