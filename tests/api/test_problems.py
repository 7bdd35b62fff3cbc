from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import clock, create_app
from app.blueprints import api_access
from app.inbox import search
from app.models import ApiToken
from app.models.database import writing
from config import Settings
from tests.api.conftest import Answer, Api, browser

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Engine

    from tests.api.conftest import Tenant

LIST = "/api/inbox/conversations"


def is_problem(answer: Answer, status: int) -> bool:
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == status
    return bool(answer.json["title"])


@pytest.mark.parametrize(
    "header", [None, "", "Basic YTpi", "Bearer", "Bearer ", "Bearer unknown", "Bearer \xff", "x"]
)
def test_without_a_valid_token_it_is_401(client: FlaskClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = Api(client)("GET", LIST, headers=headers)

    assert is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_a_revoked_token_is_worthless(api: Api, engine: Engine) -> None:
    with writing(engine) as session:
        for token in session.query(ApiToken):
            token.revoked_at = clock.now()

    answer = api.get(LIST)
    assert is_problem(answer, 401)
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_who_may_not_is_told_what_is_needed(client: FlaskClient, ours: Tenant) -> None:
    told = Api(client, ours.agent_token).get("/api/integrations")

    assert is_problem(told, 403)
    assert (
        told.json["detail"]
        == "This role may not “manage_connections”. Use a person or a token that may."
    )


def test_a_wrong_token_is_not_saved_by_a_session(app: Flask, ours: Tenant) -> None:
    person = browser(app, ours.admin_id)

    assert person.get(LIST).status_code == 200
    assert person("GET", LIST, headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_browser_needs_its_csrf_token_to_change_anything(app: Flask, ours: Tenant) -> None:
    person = browser(app, ours.admin_id)
    path = f"{LIST}/{ours.conversation_id}"
    forged = Api(person.client)

    assert forged.get(path).status_code == 200
    assert is_problem(forged.patch(path, read=True), 400)
    assert person.patch(path, read=True).status_code == 200
    assert is_problem(Api(person.client, csrf="wrong").patch(path, read=True), 400)


def test_a_logged_in_person_is_the_author(app: Flask, ours: Tenant) -> None:
    answer = browser(app, ours.agent_id).reply(ours.conversation_id, text="hello")

    assert answer.json["author"]["id"] == ours.agent_id


@pytest.mark.parametrize("path", ["/api/", "/api/nothing", "/api/inbox/conversations/x"])
def test_an_unknown_address_is_404(api: Api, path: str) -> None:
    assert is_problem(api.get(path), 404)


def test_a_wrong_method_is_405_and_names_the_right_ones(api: Api) -> None:
    answer = api("PUT", LIST)

    assert is_problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


def test_a_refused_webhook_is_a_problem(client: FlaskClient) -> None:
    assert is_problem(Api(client).get("/api/webhooks/instagram"), 403)


@pytest.mark.parametrize("content_type", [None, "text/plain", "multipart/form-data"])
def test_another_content_type_is_415(api: Api, ours: Tenant, content_type: str | None) -> None:
    path = f"{LIST}/{ours.conversation_id}/reply"

    assert is_problem(api("POST", path, data=b"{}", content_type=content_type), 415)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"[{}]", b'"text"', b"null", b"\xff", b'{"a": NaN}', b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"a":' * 200 + b"1" + b"}" * 200,
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_400(api: Api, ours: Tenant, raw: bytes) -> None:
    path = f"{LIST}/{ours.conversation_id}/reply"

    assert is_problem(api("POST", path, data=raw, content_type="application/json"), 400)


def test_a_body_over_a_million_bytes_is_413(api: Api, ours: Tenant) -> None:
    assert is_problem(api.reply(ours.conversation_id, text="x" * 1_000_001), 413)


def test_too_many_calls_are_429_for_that_token_only(
    api: Api, stranger: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_access, "RATE", "3/hour")
    answers = [api.get(path) for path in (LIST, "/api/events") * 4]

    assert is_problem(answers[-1], 429)
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert stranger.get(LIST).status_code == 200


def test_a_database_that_is_away_is_503(tmp_path: Path) -> None:
    nowhere = f"postgresql://inlet@/inlet?host={tmp_path}"
    app = create_app(Settings(inlet_home=tmp_path, inlet_demo=False, database_url=nowhere))
    answer = Api(app.test_client(), "token").get(LIST)

    assert is_problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_crash_tells_an_id_and_nothing_else(
    app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("internal words")

    monkeypatch.setattr(search, "listed", crash)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = api.get(LIST)

    assert is_problem(answer, 500)
    assert len(answer.json["error_id"]) == 16
    assert "internal words" not in answer.text


def test_answers_are_not_cached(api: Api) -> None:
    assert "no-store" in api.get(LIST).headers["Cache-Control"]


def test_what_succeeds_does_not_ask_to_come_back_later(api: Api) -> None:
    answer = api.get(LIST)

    assert answer.headers["X-RateLimit-Limit"] == "600"
    assert "Retry-After" not in answer.headers
