"""While the database takes nothing, signed bodies are kept in files and answered in time."""

from __future__ import annotations

import socket
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from app import clock
from app.inbox import mailroom, receive
from app.inbox.mailroom import DatabaseAwayError, Mailroom
from app.inbox.spool.folder import OPEN, Folder
from app.inbox.spool.record import Received, Records
from app.models import ExternalEventLog, WebhookRefusal, bounded, impatient
from app.models.database import reading
from tests.bodies import SECRET, body, message, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

    from config import Settings
    from tests.office import Office
    from tests.webhooks.conftest import MakeApp

on_postgresql = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def raw(number: int) -> bytes:
    return body(message(f"m{number}"))


def post(client: FlaskClient, number: int, secret: str = SECRET) -> TestResponse:
    return client.post(
        "/api/webhooks/instagram", data=raw(number), headers=signed(raw(number), secret)
    )


def kept(app: Flask) -> list[bytes]:
    settings = app.extensions["inlet"].settings
    files = Folder(settings.spool_path, 0).files(OPEN)
    return [one.body for path in files for one in Records(path.read_bytes())]


def stored(engine: Engine) -> list[bytes]:
    with reading(engine) as session:
        return sorted(session.scalars(select(ExternalEventLog.body)))


@contextmanager
def shut(engine: Engine) -> Iterator[None]:
    """Let nobody connect to the database, and end the connections there are."""
    address = engine.url.set(drivername="postgresql", database="postgres")

    def allow(*, is_open: bool) -> None:
        with psycopg.connect(address.render_as_string(), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {engine.url.database} ALLOW_CONNECTIONS {is_open}")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [engine.url.database],
            )

    allow(is_open=False)
    try:
        yield
    finally:
        allow(is_open=True)


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Hold what every INSERT needs."""
    if engine.dialect.name == "sqlite":
        connection = sqlite3.connect(str(engine.url.database), isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()
        return
    with engine.begin() as other:
        other.execute(text("LOCK TABLE external_event_log"))
        yield


@on_postgresql
def test_a_database_that_is_away_costs_no_body(
    app: Flask, client: FlaskClient, office: Office, engine: Engine
) -> None:
    assert post(client, 0).status_code == 200
    with shut(engine):
        answers = [post(client, number) for number in range(1, 21)]
    assert {(one.status_code, one.data) for one in answers} == {(200, b"EVENT_RECEIVED")}
    assert kept(app) == [raw(number) for number in range(1, 21)]
    app.extensions["inlet"].unspool().run()
    assert stored(engine) == sorted(raw(number) for number in range(21))


def test_a_locked_database_costs_no_body(
    app: Flask, client: FlaskClient, office: Office, engine: Engine
) -> None:
    post(client, 0)
    with locked(engine):
        answers = [post(client, number) for number in range(1, 6)]
    assert {one.status_code for one in answers} == {200}
    assert kept(app) == [raw(number) for number in range(1, 6)]
    app.extensions["inlet"].unspool().run()
    assert len(stored(engine)) == 6


@on_sqlite
def test_once_the_database_is_back_it_is_used_again(
    app: Flask,
    client: FlaskClient,
    office: Office,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailroom, "LOCKED_SECONDS", 0.0)
    monkeypatch.setattr(mailroom, "AWAY_SECONDS", 60)
    post(client, 0)
    with locked(engine):
        post(client, 1)
    post(client, 2)
    assert len(stored(engine)) == 1
    moment = time.monotonic() + mailroom.AWAY_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    post(client, 3)
    assert kept(app) == [raw(1), raw(2)]
    assert stored(engine) == sorted([raw(0), raw(3)])


@on_sqlite
def test_while_one_body_tries_the_database_again_no_other_waits(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Mailroom(engine)
    room._away_until = time.monotonic()
    monkeypatch.setattr(room, "_try", lambda _rows: seen.append(room.is_away))
    seen: list[bool] = []
    room.write([])
    assert (seen, room.is_away) == ([True], False)


@on_postgresql
def test_a_server_that_never_answers_is_given_up(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = bounded.bounded_engine(engine)
    monkeypatch.setattr(impatient, "STATEMENT_SECONDS", 0.3)
    with own.connect() as connection:
        with pytest.raises(OperationalError) as problem:
            connection.execute(text("SELECT pg_sleep(60)"))
        assert problem.value.connection_invalidated
    own.dispose()


def test_a_host_that_swallows_everything_is_given_up(make_app: MakeApp) -> None:
    """It takes the connection and says nothing, as a frozen server does."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        app = make_app(database_url=f"postgresql://inlet@127.0.0.1:{port}/inlet")
        app.extensions["inlet_webhooks"].doorkeeper._secrets = [SECRET]
        answers = [post(app.test_client(), number).status_code for number in range(5)]
    assert answers == [200] * 5
    assert len(kept(app)) == 5


def test_a_full_spool_is_no_place_for_a_body(make_app: MakeApp) -> None:
    app = make_app(database_url="postgresql://inlet@127.0.0.1:1/inlet", spool_megabytes=0)
    app.extensions["inlet_webhooks"].doorkeeper._secrets = [SECRET]
    answer = post(app.test_client(), 0)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


def test_a_spool_that_cannot_be_written_is_no_error_of_ours(
    make_app: MakeApp, tmp_path: Path
) -> None:
    app = make_app(database_url="postgresql://inlet@127.0.0.1:1/inlet")
    app.extensions["inlet_webhooks"].doorkeeper._secrets = [SECRET]
    app.extensions["inlet"].settings.spool_path.write_text("a file")
    answer = post(app.test_client(), 0)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


@on_sqlite
def test_a_statement_that_the_database_refuses_is_not_hidden_in_the_spool(
    app: Flask, client: FlaskClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(client, 0)
    monkeypatch.setattr(mailroom, "STORE", text("INSERT INTO nowhere VALUES (:body)"))
    assert post(client, 1).status_code == 503
    assert kept(app) == []


def test_a_process_that_knows_no_secret_asks_meta_to_come_back(make_app: MakeApp) -> None:
    app = make_app(database_url="postgresql://inlet@127.0.0.1:1/inlet")
    answer = post(app.test_client(), 0)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert kept(app) == []


@on_postgresql
def test_an_unknown_signature_is_no_forgery_while_secrets_cannot_be_read(
    app: Flask,
    client: FlaskClient,
    office: Office,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be under a secret that was entered a moment ago."""
    post(client, 0)
    moment = time.monotonic() + receive.RELOAD_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    with shut(engine):
        unknown = post(client, 1, "rotated meanwhile")
        unsigned = client.post("/api/webhooks/instagram", data=raw(1))
        mangled = client.post(
            "/api/webhooks/instagram", data=raw(1), headers={"X-Hub-Signature-256": "sha1=00"}
        )
    assert (unknown.status_code, unknown.headers["Retry-After"]) == (503, "10")
    assert (unsigned.status_code, mangled.status_code) == (403, 403)
    app.extensions["inlet_webhooks"].refusals.flush()
    refused = {one.reason: one.count for one in office.rows(WebhookRefusal)}
    assert refused == {"no signature": 1, "wrong signature": 1}


def test_unknown_signatures_ask_a_database_that_is_away_once_a_second(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(database_url="postgresql://inlet@127.0.0.1:1/inlet")
    keeper = app.extensions["inlet_webhooks"].doorkeeper
    asked: list[bool] = []

    def load() -> bool:
        asked.append(True)
        return False

    monkeypatch.setattr(keeper, "_load", load)
    still = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: still)
    for number in range(5):
        post(app.test_client(), number)
    assert len(asked) == 1


@on_postgresql
def test_who_is_ready_can_check_signatures_while_the_database_is_away(
    app: Flask, client: FlaskClient, office: Office, engine: Engine
) -> None:
    assert client.get("/readyz").status_code == 200
    with shut(engine):
        assert post(client, 0).status_code == 200
    assert kept(app) == [raw(0)]


@on_sqlite
def test_a_body_in_the_database_leaves_the_spool_alone(
    app: Flask, client: FlaskClient, office: Office, settings: Settings
) -> None:
    assert post(client, 0).status_code == 200
    assert not settings.spool_path.exists()


@on_sqlite
def test_who_waits_too_long_for_others_goes_to_the_spool(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Mailroom(engine)
    monkeypatch.setattr("app.inbox.desk.DESK_SECONDS", 0.01)
    with room._desk, pytest.raises(DatabaseAwayError):
        room.store(Received("instagram", raw(0), "x", clock.now()))
