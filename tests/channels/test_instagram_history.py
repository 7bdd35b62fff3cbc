"""Reading conversations at Meta: pages of them, their newest messages, and what these say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from responses import matchers

from app.channels import body, registry
from app.channels.events import MessageEchoed, MessageReceived, ReceivedFile, Unknown
from app.channels.faults import Throttled
from app.channels.instagram import Instagram
from app.channels.past import Changed, PastConversation

if TYPE_CHECKING:
    from responses import RequestsMock

    from app.channels.base import Credentials
    from app.channels.events import Event
    from app.channels.graph import Graph

ACCOUNT, PERSON = "17841400000000001", "1233445566778899"
CONVERSATIONS = "https://graph.facebook.com/v23.0/me/conversations"
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)

channel = Instagram()


def conversation(name: str, updated: str = "2026-11-20T10:00:00+0000") -> dict[str, Any]:
    people = [{"username": "ann", "id": PERSON}, {"username": "shop", "id": ACCOUNT}]
    return {"id": name, "updated_time": updated, "participants": {"data": people}}


def message(name: str, author: str = PERSON, **more: object) -> dict[str, Any]:
    return {
        "id": name,
        "created_time": "2026-11-20T10:00:00+0000",
        "from": {"username": "x", "id": author},
        "message": "",
        **more,
    }


def test_a_page_of_conversations(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    asked = {"platform": "instagram", "fields": "id,updated_time,participants", "limit": "50"}
    meta.get(
        CONVERSATIONS,
        json={
            "data": [conversation("c1"), {"id": "c2"}, "odd"],
            "paging": {"cursors": {"after": "A2"}, "next": "https://…"},
        },
        match=[matchers.query_param_matcher(asked, strict_match=False)],
    )
    found = channel.changed(graph, page, TEN)
    assert found == Changed((PastConversation("c1", TEN, (PERSON, ACCOUNT)),), "A2")


def test_older_conversations_end_the_pages(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    older = conversation("c2", "2026-11-20T09:59:59+0000")
    paging = {"cursors": {"after": "A3"}, "next": "https://…"}
    asked = matchers.query_param_matcher({"after": "A2"}, strict_match=False)
    answer = {"data": [conversation("c1"), older], "paging": paging}
    meta.get(CONVERSATIONS, json=answer, match=[asked])
    found = channel.changed(graph, page, TEN, "A2")
    assert [one.external_id for one in found.conversations] == ["c1"]
    assert found.next_after is None


def test_the_newest_messages_of_a_person(
    meta: RequestsMock, graph: Graph, login: Credentials
) -> None:
    newest_first = [message("m2", ACCOUNT, message="Hello"), message("m1", message="Hi")]
    meta.get(
        CONVERSATIONS.replace("facebook", "instagram"),
        json={"data": [{"id": "c1", "messages": {"data": newest_first}}]},
        match=[matchers.query_param_matcher({"user_id": PERSON}, strict_match=False)],
    )
    found = channel.history(graph, login, PERSON)
    assert [(one.external_id, one.by_us, one.text) for one in found] == [
        ("m1", False, "Hi"),
        ("m2", True, "Hello"),
    ]
    assert found[0].occurred_at == TEN
    assert found[0].person == PERSON


@pytest.mark.parametrize("answer", [{}, {"data": []}, {"data": [{"id": "c1"}]}, {"data": "odd"}])
def test_no_conversation_has_no_messages(
    meta: RequestsMock, graph: Graph, page: Credentials, answer: dict[str, Any]
) -> None:
    meta.get(CONVERSATIONS, json=answer)
    assert channel.history(graph, page, PERSON) == ()


def test_more_than_two_calls_a_second_are_throttled(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    meta.get(CONVERSATIONS, status=400, json={"error": {"code": 613, "message": "slow"}})
    with pytest.raises(Throttled):
        channel.history(graph, page, PERSON)


def test_a_text_comes_as_a_webhook_would_bring_it(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    raw = [message("m2", ACCOUNT, message="Hello"), message("m1", message="Hi \ud83d")]
    meta.get(CONVERSATIONS, json={"data": [{"messages": {"data": raw}}]})
    first, second = channel.history(graph, page, PERSON)
    moved = replace(first, occurred_at=TEN + timedelta(milliseconds=7), after_gap=True)
    objects = body.read(channel.history_body(ACCOUNT, [moved, second]))
    received, echoed = (item.event for _, item in registry.items(objects))
    assert received == MessageReceived(
        account=ACCOUNT,
        person=PERSON,
        occurred_at=moved.occurred_at,
        recovered=True,
        after_gap=True,
        external_id="m1",
        kind="text",
        text="Hi �",
    )
    assert isinstance(echoed, MessageEchoed)
    assert (echoed.person, echoed.text, echoed.after_gap) == (PERSON, "Hello", False)


@pytest.mark.parametrize(
    ("more", "kind", "files"),
    [
        (
            {"attachments": {"data": [{"image_data": {"url": "https://cdn/i"}}]}},
            "image",
            (ReceivedFile("image", "https://cdn/i"),),
        ),
        (
            {"attachments": {"data": [{"video_data": {"url": "https://cdn/v"}}]}},
            "video",
            (ReceivedFile("video", "https://cdn/v"),),
        ),
        (
            {"attachments": {"data": [{"file_url": "https://cdn/a", "mime_type": "audio/mp4"}]}},
            "audio",
            (ReceivedFile("audio", "https://cdn/a"),),
        ),
        (
            {"attachments": {"data": [{"file_url": "https://cdn/f", "name": "bill.pdf"}]}},
            "file",
            (ReceivedFile("file", "https://cdn/f", "bill.pdf"),),
        ),
        (
            {"shares": {"data": [{"link": "https://ig/p", "name": "A bowl"}]}},
            "share",
            (ReceivedFile("share", "https://ig/p", "A bowl"),),
        ),
        (
            {"story": {"mention": {"link": "https://cdn/s", "id": "1"}}},
            "story_mention",
            (ReceivedFile("share", "https://cdn/s"),),
        ),
        (
            {"message": "Nice", "story": {"reply_to": {"link": "https://cdn/s", "id": "1"}}},
            "story_reply",
            (ReceivedFile("share", "https://cdn/s"),),
        ),
        ({"attachments": {"data": [{"generic_template": {"title": "Bowls"}}]}}, "template", ()),
    ],
)
def test_what_a_message_holds_beside_text(
    more: dict[str, Any], kind: str, files: tuple[ReceivedFile, ...]
) -> None:
    (event,) = events_of(message("m1", **more))
    assert isinstance(event, MessageReceived)
    assert (event.kind, event.files) == (kind, files)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"is_unsupported": True}, "is_unsupported"),
        ({"attachments": {"data": [{"hologram_data": {}}]}}, "attachment"),
        ({}, "message"),
    ],
)
def test_what_nobody_can_read_is_kept_as_unsupported(more: dict[str, Any], name: str) -> None:
    (event,) = events_of(message("m1", **more))
    assert isinstance(event, Unknown)
    assert (event.name, event.external_id, event.recovered) == (name, "m1", True)


@pytest.mark.parametrize(
    "odd",
    [
        {"object": "instagram_history"},
        {"object": "instagram_history", "items": 5},
        {"object": "instagram_history", "account": 7, "items": [None, {}, {"message": []}]},
    ],
)
def test_an_odd_body_raises_nothing(odd: dict[str, Any]) -> None:
    for _, item in registry.items([odd]):
        assert isinstance(item.event, Unknown)


def events_of(raw: dict[str, Any]) -> list[Event]:
    objects = [
        {
            "object": "instagram_history",
            "account": ACCOUNT,
            "items": [{"timestamp": 1_795_168_800_000, "person": PERSON, "message": raw}],
        }
    ]
    return [item.event for _, item in registry.items(objects)]
