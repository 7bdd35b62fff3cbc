"""A signed body is stored before it is answered; anything else leaves a count and no row."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import update

from app.inbox import integrations, members, receive
from app.models import ExternalEventLog, Integration, WebhookRefusal
from app.models.database import writing
from app.queue import INBOUND
from tests.bodies import SECRET, body, message, signed
from tests.office import Office, given

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from config import Settings
    from tests.webhooks.conftest import MakeApp

pytestmark = pytest.mark.usefixtures("patient")

RAW = body(message("m1"))
FORGED = {"X-Hub-Signature-256": "sha256=" + "0" * 64}


def post(
    client: FlaskClient, raw: bytes = RAW, headers: dict[str, str] | None = None
) -> TestResponse:
    sent = signed(raw) if headers is None else headers
    return client.post(
        "/api/webhooks/instagram", data=raw, headers=sent, content_type="application/json"
    )


def stored(office: Office) -> list[bytes]:
    return [one.body for one in office.rows(ExternalEventLog)]


def bodies(count: int) -> list[bytes]:
    return [body(message(f"m{n}")) for n in range(count)]


def test_a_signed_body_is_stored_as_it_is(client: FlaskClient, office: Office) -> None:
    raw = b'{"object":"instagram",  "entry":[], "x":"\\u00e9\xf0\x9f\x91\x8b"}'
    answer = post(client, raw)
    assert (answer.status_code, answer.data) == (200, b"EVENT_RECEIVED")
    kept = office.row(ExternalEventLog)
    assert (kept.body, kept.endpoint, kept.state) == (raw, "instagram", "pending")
    assert kept.verified_by == office.keyring.vault.fingerprint(SECRET)


@pytest.mark.parametrize("raw", [b"", b"no JSON", b"\0\xff", b"[" * 10_000, b'{"a":NaN}'])
def test_a_signed_body_is_stored_whatever_is_in_it(
    client: FlaskClient, office: Office, raw: bytes
) -> None:
    assert post(client, raw).status_code == 200
    assert stored(office) == [raw]


@pytest.mark.parametrize(
    "headers",
    [{}, FORGED, signed(RAW, "another"), {"X-Hub-Signature-256": "sha1=00"}, signed(RAW, "")],
    ids=["missing", "wrong", "other secret", "other algorithm", "empty secret"],
)
def test_a_bad_signature_is_refused_and_leaves_a_count_alone(
    client: FlaskClient, office: Office, headers: dict[str, str]
) -> None:
    assert post(client, headers=headers).status_code == 403
    assert stored(office) == []
    assert sum(one.count for one in office.rows(WebhookRefusal)) == 1


def test_without_any_secret_everything_is_refused(client: FlaskClient) -> None:
    assert post(client).status_code == 403
    assert post(client, headers=signed(RAW, "")).status_code == 403


def test_refusals_are_written_in_batches(app: Flask, client: FlaskClient, office: Office) -> None:
    for _ in range(5):
        post(client, headers=FORGED)
    assert office.row(WebhookRefusal).count == 1
    app.extensions["inlet_webhooks"].refusals.flush()
    assert office.row(WebhookRefusal).count == 5


@pytest.mark.parametrize("secret", ["new-secret", "old-secret"])
def test_each_secret_of_a_rotated_list_may_sign(
    client: FlaskClient, office: Office, secret: str
) -> None:
    both = office.keyring.vault.encrypt("new-secret, old-secret")
    with writing(office.engine) as session:
        session.execute(update(Integration).values(api_secret=both))
    assert post(client, headers=signed(RAW, secret)).status_code == 200
    fingerprint = office.keyring.vault.fingerprint(secret)
    assert office.row(ExternalEventLog).verified_by == fingerprint


def test_the_installations_secrets_may_sign_too(make_app: MakeApp, database_url: str) -> None:
    app = make_app(database_url=database_url, meta_app_secret="a,b", instagram_app_secret="c")
    client = app.test_client()
    for secret in "abc":
        assert post(client, headers=signed(RAW, secret)).status_code == 200
    assert post(client, headers=signed(RAW, "a,b")).status_code == 403


def test_a_new_integration_is_noticed_within_a_second(
    client: FlaskClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(client, headers=signed(RAW, "second")).status_code == 403
    with writing(office.engine) as session:
        place = members.make_workspace(session, "Elsewhere")
        wanted = given(apiSecret="second", config={"pageId": "7"})
        integrations.load(session, place.id, wanted, office.keyring.vault)
    passed = time.monotonic() + receive.RELOAD_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: passed)
    assert post(client, headers=signed(RAW, "second")).status_code == 200


def test_a_disabled_integrations_body_is_stored(client: FlaskClient, office: Office) -> None:
    with writing(office.engine) as session:
        session.execute(update(Integration).values(is_enabled=False))
    assert post(client).status_code == 200
    assert stored(office) == [RAW]


def test_a_secret_that_cannot_be_opened_does_not_shut_out_the_others(
    client: FlaskClient, office: Office
) -> None:
    with writing(office.engine) as session:
        place = members.make_workspace(session, "Elsewhere")
        other = integrations.load(
            session, place.id, given(config={"pageId": "7"}), office.keyring.vault
        )
        other.api_secret = "stored with another key"
    assert post(client).status_code == 200
    assert post(client, headers=FORGED).status_code == 403


def test_five_megabytes_are_taken_and_no_byte_more(client: FlaskClient, office: Office) -> None:
    assert post(client, b"x" * 5_000_000).status_code == 200
    assert post(client, b"x" * 5_000_001).status_code == 413
    assert [len(one) for one in stored(office)] == [5_000_000]


def test_ten_at_once_are_all_stored(app: Flask, office: Office) -> None:
    with ThreadPoolExecutor(10) as threads:
        answers = threads.map(lambda raw: post(app.test_client(), raw).status_code, bodies(40))
        assert set(answers) == {200}
    assert sorted(stored(office)) == sorted(bodies(40))


def test_a_body_is_stored_while_redis_is_away(
    make_app: MakeApp, database_url: str, office: Office
) -> None:
    app = make_app(database_url=database_url, redis_url="redis://127.0.0.1:1")
    app.extensions["inlet_webhooks"].doorkeeper._secrets = [SECRET]
    assert post(app.test_client()).status_code == 200
    assert stored(office) == [RAW]


def test_many_webhooks_ring_few_times(
    settings: Settings, client: FlaskClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(client)
    still = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: still)
    for raw in bodies(50):
        post(client, raw)
    with redis.Redis.from_url(settings.redis) as connection:
        jobs = Queue(INBOUND, connection=connection, serializer=JSONSerializer).count
    assert len(stored(office)) == 50
    assert 1 <= jobs <= 2


def test_no_secrets_loaded_yet_is_no_refusal(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(database_url=f"sqlite:///{tmp_path}/missing/inlet.db")
    answer = post(app.test_client())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
