"""Whatever JSON comes in, the answer is never an error of ours."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.api.conftest import Api, Tenant

texts = st.text(st.characters(codec=None), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def objects(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names) | texts, values, max_size=5)


replies = objects("text", "client_id", "attachments", "reply_to", "template")
patches = objects("status", "snoozed_until", "assignee_id", "read")
configs = objects("pageId", "page_id", "instagramPageId", "login", "humanAgent")
integrations = st.builds(
    lambda rest, config: {"name": "instagram", "config": config, **rest},
    objects("name", "provider", "isEnabled", "accessToken", "access_token", "apiSecret", "config"),
    configs,
)


LISTS = [
    "/api/inbox/conversations",
    "/api/events",
    "/api/contacts",
    "/api/leads",
    "/api/communication-logs",
]
places = st.lists(st.integers(-(2**70), 2**70) | st.text(max_size=5), max_size=3)


def _send(api: Api, method: str, path: str, body: object) -> int:
    answer = api(method, path, data=json.dumps(body), content_type="application/json")
    return answer.status_code


@given(body=replies | values)
@many
def test_any_reply(api: Api, ours: Tenant, body: object) -> None:
    path = f"/api/inbox/conversations/{ours.conversation_id}/reply"

    assert _send(api, "POST", path, body) < 500


@given(text=texts.filter(str.strip), client_id=texts.filter(bool))
@many
def test_any_text_is_taken_or_refused_with_a_reason(
    api: Api, ours: Tenant, text: str, client_id: str
) -> None:
    path = f"/api/inbox/conversations/{ours.conversation_id}/reply"

    assert _send(api, "POST", path, {"text": text, "client_id": client_id}) in {200, 202, 409, 422}


@given(body=patches | values)
@many
def test_any_change(api: Api, ours: Tenant, body: object) -> None:
    assert _send(api, "PATCH", f"/api/inbox/conversations/{ours.conversation_id}", body) < 500


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@given(body=integrations | values)
@many
def test_any_integration(api: Api, ours: Tenant, method: str, body: object) -> None:
    path = "/api/integrations" + (f"/{ours.integration_id}" if method == "PATCH" else "")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as meta:
        meta.get("https://graph.facebook.com/v23.0/me", json={"id": "1"})
        meta.get("https://graph.instagram.com/v23.0/me", json={"id": "1"})

        assert _send(api, method, path, body) < 500


@given(body=objects("text") | values)
@many
def test_any_note(api: Api, ours: Tenant, body: object) -> None:
    assert _send(api, "POST", f"/api/contacts/{ours.contact_id}/notes", body) < 500


@given(text=texts)
@many
def test_any_note_is_taken_or_refused(api: Api, ours: Tenant, text: str) -> None:
    path = f"/api/contacts/{ours.contact_id}/notes"

    assert _send(api, "POST", path, {"text": text}) in {201, 422}


@given(body=objects("stage") | values)
@many
def test_any_stage(api: Api, ours: Tenant, body: object) -> None:
    assert _send(api, "PATCH", f"/api/leads/{ours.lead_id}", body) < 500


parameters = ["limit", "cursor", "q", "status", "since", "stage", "contact_id", "channel"]


@given(query=st.dictionaries(st.sampled_from(parameters), texts))
@many
def test_any_query(api: Api, ours: Tenant, query: dict[str, str]) -> None:
    shown = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    for path in LISTS:
        assert api.get(path, **shown).status_code in {200, 400}


@given(place=places)
@many
def test_any_cursor(api: Api, ours: Tenant, place: list[object]) -> None:
    plain = ".".join(map(str, place)).encode("utf-8", "replace")
    cursor = base64.urlsafe_b64encode(plain).decode().rstrip("=")
    for path in LISTS:
        assert api.get(path, cursor=cursor).status_code in {200, 400}
