"""Meta's handshake gets its challenge back where mode and token are right."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NoReturn

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app.blueprints.webhooks import ENDPOINTS
from app.inbox import environment, handshakes
from app.models import Integration
from app.models.database import writing
from tests.bodies import ACCOUNT
from tests.office import Office, connect, given

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

    from tests.webhooks.conftest import MakeApp

OTHER = {"webhookVerifyToken": "other", "instagramPageId": "17841400000000009"}


def shaken(office: Office) -> bool:
    return office.row(Integration).handshake_at is not None


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


def test_the_handshake_is_noted_with_the_integration_it_was_for(
    client: FlaskClient, office: Office
) -> None:
    connect(office.engine, office.keyring, "Other", given(config=OTHER))
    updated_at = office.rows(Integration)[0].updated_at
    shake(client).close()
    mine, other = office.rows(Integration)
    assert mine.handshake_at is not None
    assert (other.handshake_at, mine.updated_at) == (None, updated_at)


def test_a_refused_handshake_leaves_no_trace(client: FlaskClient, office: Office) -> None:
    shake(client, verify_token="wrong").close()
    assert not shaken(office)


def test_the_environments_token_is_noted_for_its_integration(
    make_app: MakeApp, database_url: str
) -> None:
    app = make_app(
        database_url=database_url,
        instagram_verify_token="from-env",
        instagram_page_id=ACCOUNT,
    )
    installation = app.extensions["inlet"]
    with writing(installation.engine) as session:
        [one] = environment.refresh(session, installation.keyring)
        workspace_id = one.workspace_id
    office = Office(installation.engine, installation.keyring, workspace_id, one.id)
    shake(app.test_client(), verify_token="from-env").close()
    assert shaken(office)


def test_a_handshake_that_cannot_be_noted_is_answered_all_the_same(
    client: FlaskClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_engine: Engine) -> NoReturn:
        raise OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(handshakes, "writing", locked)
    answer = shake(client)
    answer.close()
    assert answer.status_code == 200
    assert not shaken(office)


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
