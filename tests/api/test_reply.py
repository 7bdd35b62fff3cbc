from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from app.models import Conversation, Delivery, Integration, Message
from app.models.database import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.api.conftest import Api, Tenant


def _outbound(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count(Delivery.id))) or 0


def test_a_reply_is_queued_and_answered_202(api: Api, ours: Tenant, engine: Engine) -> None:
    answer = api.reply(ours.conversation_id, text="good day", client_id="c-1")

    assert answer.status_code == 202
    assert answer.json["text"] == "good day"
    assert answer.json["direction"] == "outbound"
    assert answer.json["status"] == "queued"
    assert answer.json["via"] == "api"
    assert answer.json["author"] is None
    assert _outbound(engine) == 1


def test_the_bell_rings_for_a_reply(api: Api, ours: Tenant, redis_url: str) -> None:
    import redis

    api.reply(ours.conversation_id, text="good day")

    with redis.Redis.from_url(redis_url) as client:
        assert client.llen("rq:queue:outbound") == 1


def test_the_same_client_id_and_body_is_the_same_message(
    api: Api, ours: Tenant, engine: Engine
) -> None:
    first = api.reply(ours.conversation_id, text="once", client_id="c-1")
    again = api.reply(ours.conversation_id, text="once", client_id="c-1")

    assert again.status_code == 200
    assert again.json == first.json
    assert _outbound(engine) == 1


def test_the_same_client_id_with_another_body_is_409(api: Api, ours: Tenant) -> None:
    api.reply(ours.conversation_id, text="once", client_id="c-1")
    other = api.reply(ours.conversation_id, text="twice", client_id="c-1")

    assert other.status_code == 409
    assert other.mimetype == "application/problem+json"
    assert other.json["error"]["next_step"]


def test_a_client_id_belongs_to_its_workspace(
    api: Api, stranger: Api, ours: Tenant, theirs: Tenant
) -> None:
    assert api.reply(ours.conversation_id, text="a", client_id="c").status_code == 202
    assert stranger.reply(theirs.conversation_id, text="b", client_id="c").status_code == 202


def test_after_the_window_closed_it_is_422_with_an_explanation(
    api: Api, ours: Tenant, engine: Engine
) -> None:
    with writing(engine) as session:
        session.get_one(Conversation, ours.conversation_id).window_opened_at = None
    refused = api.reply(ours.conversation_id, text="too late")

    assert refused.status_code == 422
    assert set(refused.json["error"]) == {
        "code", "subcode", "message", "explanation", "next_step"
    }  # fmt: skip
    assert _outbound(engine) == 0


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001, "😀" * 251])
def test_a_text_that_cannot_be_sent_is_422(api: Api, ours: Tenant, text: str) -> None:
    refused = api.reply(ours.conversation_id, text=text)

    assert refused.status_code == 422
    assert refused.json["error"]["explanation"]


def test_a_disabled_channel_is_422(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(Integration, ours.integration_id).is_enabled = False

    assert api.reply(ours.conversation_id, text="hello").status_code == 422


@pytest.mark.parametrize(
    "part",
    [{"attachments": [{"url": "https://example.com/a.png"}]}, {"reply_to": "m_1"},
     {"template": {"name": "t"}}],
)  # fmt: skip
def test_what_cannot_be_sent_yet_is_refused_not_dropped(
    api: Api, ours: Tenant, engine: Engine, part: dict[str, object]
) -> None:
    refused = api.reply(ours.conversation_id, text="see this", **part)

    assert refused.status_code == 422
    assert next(iter(part)) in refused.json["error"]["message"]
    assert _outbound(engine) == 0


def test_empty_parts_are_as_if_left_out(api: Api, ours: Tenant) -> None:
    answer = api.reply(ours.conversation_id, text="hi", attachments=[], reply_to=None)

    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": 5}, "#/text"),
        ({"text": "a", "client_id": ""}, "#/client_id"),
        ({"text": "a", "client_id": "x" * 201}, "#/client_id"),
        ({"text": "a", "clientId": "x"}, "#/clientId"),
    ],
)
def test_a_wrong_input_names_the_place(
    api: Api, ours: Tenant, body: dict[str, object], pointer: str
) -> None:
    refused = api.reply(ours.conversation_id, **body)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_nul_and_lone_surrogates_are_replaced(api: Api, ours: Tenant, engine: Engine) -> None:
    raw = r'{"text": "a\u0000b\ud800c", "client_id": "\udfff"}'
    answer = api(
        "POST",
        f"/api/inbox/conversations/{ours.conversation_id}/reply",
        data=raw,
        content_type="application/json",
    )

    assert answer.status_code == 202
    assert answer.json["text"] == "a\ufffdb\ufffdc"
    with reading(engine) as session:
        assert session.get_one(Message, answer.json["id"]).text == "a\ufffdb\ufffdc"


def test_a_foreign_conversation_is_404(stranger: Api, ours: Tenant, engine: Engine) -> None:
    assert stranger.reply(ours.conversation_id, text="hello").status_code == 404
    assert _outbound(engine) == 0


def test_without_redis_a_reply_is_queued_all_the_same(
    api: Api, ours: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    import redis

    def away(*_arguments: object, **_more: object) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(redis.Connection, "connect", away)
    monkeypatch.setattr(redis.UnixDomainSocketConnection, "connect", away)

    assert api.reply(ours.conversation_id, text="hello").status_code == 202
