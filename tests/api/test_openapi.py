"""The OpenAPI document tells of every route of the API, of nothing else, and nothing untrue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask

from app.blueprints import contracts, examples, exchange
from app.blueprints.openapi import document
from app.blueprints.schemas import ContactOut, PersonOut
from app.blueprints.schemas_input import PageQuery

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.api.conftest import Api

ADDRESS = "/api/openapi.json"
NOT_DESCRIBED = ("/api/webhooks/", "/api/openapi.json", "/api/docs")
"""Meta's way in, which is Meta's to describe, and the description itself."""


@pytest.fixture
def told(app: Flask) -> dict[str, Any]:
    return document(app)


def _operations(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for methods in told["paths"].values() for one in methods.values()]


def _contents(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every described body and answer that has a content."""
    bodies = [one["requestBody"] for one in _operations(told) if "requestBody" in one]
    answers = [one for told_of in _operations(told) for one in told_of["responses"].values()]
    problems = told["components"]["responses"].values()
    every = [*bodies, *answers, *problems]
    return [content for one in every for content in one.get("content", {}).values()]


def test_every_route_is_described_and_nothing_else(app: Flask, told: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and not rule.rule.startswith(NOT_DESCRIBED)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, one.upper()) for path, methods in told["paths"].items() for one in methods}

    assert described == served


def test_it_is_an_openapi_document(told: dict[str, Any]) -> None:
    schemathesis.openapi.from_dict(told).validate()


def test_every_reference_leads_somewhere(told: dict[str, Any]) -> None:
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(told))):
        found = told
        for step in reference.split("/"):
            found = found[step]


def test_operations_have_names_of_their_own(told: dict[str, Any]) -> None:
    names = [one["operationId"] for one in _operations(told)]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z_]+", name) for name in names)


def test_every_operation_says_what_it_does(told: dict[str, Any]) -> None:
    assert all(one["summary"] and one["tags"] for one in _operations(told))


def test_every_body_and_answer_has_an_example_that_fits(told: dict[str, Any]) -> None:
    for content in _contents(told):
        schema = {**content["schema"], "components": told["components"]}
        jsonschema_rs.Draft202012Validator(schema).validate(content["example"])


def test_what_changes_something_asks_browsers_for_their_csrf_token(told: dict[str, Any]) -> None:
    for methods in told["paths"].values():
        for method, one in methods.items():
            assert {"bearer": []} in one["security"]
            assert ("csrf" in one["security"][1]) == (method != "get")


def test_parameters_tell_their_limits(told: dict[str, Any]) -> None:
    query = told["paths"]["/api/inbox/conversations"]["get"]["parameters"]
    schemas = {one["name"]: one["schema"] for one in query}

    assert schemas["limit"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
    assert schemas["channel"]["enum"] == ["instagram"]
    assert schemas["cursor"]["maxLength"] == 200


def test_anybody_may_read_it(client: FlaskClient) -> None:
    assert (client.get(ADDRESS).json or {})["openapi"] == "3.1.0"


def test_what_is_known_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get(ADDRESS)
    again = client.get(ADDRESS, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")


def test_the_page_shows_every_route_without_scripts(
    client: FlaskClient, told: dict[str, Any]
) -> None:
    page = client.get("/api/docs")

    assert page.status_code == 200
    assert all(f'id="{one["operationId"]}"' in page.text for one in _operations(told))
    assert all(path in page.text for path in told["paths"])


def test_a_view_cannot_read_or_answer_what_it_is_not_described_with() -> None:
    bare = Flask(__name__)

    @bare.get("/query")
    @contracts.describe({200: PersonOut})
    def query() -> str:
        exchange.read_query(PageQuery)
        return "read"

    @bare.post("/body")
    @contracts.describe({200: PersonOut})
    def body() -> str:
        exchange.read_body(PageQuery)
        return "read"

    @bare.get("/other")
    @contracts.describe({200: PersonOut})
    def other() -> Any:
        return exchange.answer(ContactOut(**examples.CUSTOMER))

    @bare.get("/status")
    @contracts.describe({200: PersonOut})
    def status() -> Any:
        return exchange.answer(PersonOut(**examples.COLLEAGUE), 201)

    client = bare.test_client()
    bare.testing = True
    for ask in (client.get, client.post):
        for path in ("/query", "/body", "/other", "/status"):
            if (ask == client.post) == (path == "/body"):
                with pytest.raises(contracts.Undescribed):
                    ask(path, json={} if path == "/body" else None)


def test_asking_for_the_head_or_the_options_is_like_asking(api: Api) -> None:
    head = api("HEAD", "/api/inbox/conversations")
    options = api("OPTIONS", "/api/inbox/conversations")

    assert (head.status_code, head.text, head.mimetype) == (200, "", "application/json")
    assert set(options.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert api("HEAD", "/api/messages/1/retry").status_code == 405
