"""The items of Instagram's webhooks, each against the shape that Meta documents.

Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks.
"""

from typing import Any

import pytest

from tests.simulator.conftest import Inbox, Sim, eventually

MID, DIGITS, URL = "<mid>", "<digits>", "http://files.example/1.png"

NEW: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({"text": "Hi"}, {"message": {"mid": MID, "text": "Hi"}}),
    "attachment": (
        {"url": URL},
        {"message": {"mid": MID, "attachments": [{"type": "image", "payload": {"url": URL}}]}},
    ),
    "share": (
        {"url": URL, "text": "Bowls"},
        {
            "message": {
                "mid": MID,
                "attachments": [
                    {
                        "type": "ig_post",
                        "payload": {"ig_post_media_id": DIGITS, "title": "Bowls", "url": URL},
                    }
                ],
            }
        },
    ),
    "story_mention": (
        {"url": URL},
        {
            "message": {
                "mid": MID,
                "attachments": [{"type": "story_mention", "payload": {"url": URL}}],
            }
        },
    ),
    "story_reply": (
        {"url": URL, "text": "love it"},
        {
            "message": {
                "mid": MID,
                "text": "love it",
                "reply_to": {"story": {"id": DIGITS, "url": URL}},
            }
        },
    ),
    "like": ({}, {"message": {"mid": MID, "attachments": [{"type": "like_heart"}]}}),
    "ephemeral": ({}, {"message": {"mid": MID, "attachments": [{"type": "ephemeral"}]}}),
    "unsupported": ({}, {"message": {"mid": MID, "is_unsupported": True}}),
    "future": (
        {"url": URL},
        {
            "message": {
                "mid": MID,
                "attachments": [
                    {"type": "hologram", "payload": {"hologram_id": DIGITS, "url": URL}}
                ],
            }
        },
    ),
    "quick_reply": (
        {"text": "Blue", "payload": "COLOUR_BLUE"},
        {"message": {"mid": MID, "text": "Blue", "quick_reply": {"payload": "COLOUR_BLUE"}}},
    ),
    "ice_breaker": (
        {},
        {"postback": {"mid": MID, "title": "Opening hours?", "payload": "HOURS"}},
    ),
    "ad": (
        {"text": "Is it available?", "url": URL, "title": "T", "ref": "R"},
        {
            "message": {
                "mid": MID,
                "text": "Is it available?",
                "referral": {
                    "ref": "R",
                    "ad_id": DIGITS,
                    "source": "ADS",
                    "type": "OPEN_THREAD",
                    "ads_context_data": {"ad_title": "T", "photo_url": URL},
                },
            }
        },
    ),
    "referral": (
        {},
        {"referral": {"ref": "summer", "source": "SHORTLINK", "type": "OPEN_THREAD"}},
    ),
}
ABOUT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "reaction": (
        {"emoji": "😂", "reaction": "laugh"},
        {"reaction": {"mid": MID, "action": "react", "reaction": "laugh", "emoji": "😂"}},
    ),
    "unreact": ({}, {"reaction": {"mid": MID, "action": "unreact"}}),
    "seen": ({}, {"read": {"mid": MID}}),
    "reply": (
        {"text": "this one"},
        {"message": {"mid": "<new>", "text": "this one", "reply_to": {"mid": MID}}},
    ),
    "unsend": ({}, {"message": {"mid": MID, "is_deleted": True}}),
    "edit": ({"text": "Hi!"}, {"message_edit": {"mid": MID, "text": "Hi!", "num_edit": 1}}),
}


def bare(value: Any) -> Any:
    """The value without the key that only foretells the future, ids as their shape."""
    if isinstance(value, dict):
        return {key: bare(one) for key, one in value.items() if key != "sim_unknown_key"}
    if isinstance(value, list):
        return [bare(one) for one in value]
    if isinstance(value, str) and value.isdigit() and len(value) >= 15:
        return DIGITS
    return value


def told(sim: Sim, inbox: Inbox, **action: object) -> dict[str, Any]:
    """The distinguishing part of the item that an action makes."""
    eventually(lambda: sim.control("GET", "webhooks")["pending"] == 0)
    seen = len(inbox.requests)
    sim.control("POST", "messages", {"customer": "ann", "account": "harbour", **action})
    eventually(lambda: len(inbox.requests) > seen)
    item = bare(inbox.requests[-1].items[0])
    assert item.pop("sender") == item.pop("recipient") == {"id": DIGITS}
    assert isinstance(item.pop("timestamp"), int)
    return dict(item)


@pytest.mark.parametrize("kind", NEW)
def test_what_begins_something_new(sim: Sim, inbox: Inbox, kind: str) -> None:
    keys, wanted = NEW[kind]
    found = told(sim, inbox, kind=kind, **keys)
    for part in found.values():
        if "mid" in part:
            assert len(part["mid"]) == 164
            part["mid"] = MID
    assert found == wanted


@pytest.mark.parametrize("kind", ABOUT)
def test_what_speaks_of_a_message(sim: Sim, inbox: Inbox, kind: str) -> None:
    mid = sim.write("Hi")["mid"]
    keys, wanted = ABOUT[kind]
    found = told(sim, inbox, kind=kind, mid=mid, **keys)
    for part in found.values():
        part["mid"] = MID if part["mid"] == mid else "<new>"
        if "reply_to" in part:
            assert part["reply_to"]["mid"] == mid
            part["reply_to"]["mid"] = MID
    assert found == wanted


def test_an_echo(sim: Sim, inbox: Inbox, igsid: str) -> None:
    sim.switch(echo_delay_ms=0)
    sim.reply(igsid, "hello")
    eventually(lambda: len(inbox.requests) == 2)
    message = bare(inbox.requests[-1].items[0]["message"])
    assert message.pop("mid").startswith("aWdf")
    assert message == {"text": "hello", "is_echo": True}


def test_edits_are_counted(sim: Sim, inbox: Inbox) -> None:
    sim.write("one")
    told(sim, inbox, kind="edit", text="two")
    assert told(sim, inbox, kind="edit", text="three")["message_edit"]["num_edit"] == 2


def test_seen_stands_for_everything_before(sim: Sim, igsid: str) -> None:
    sim.reply(igsid, "first")
    sim.reply(igsid, "second")
    sim.write(kind="seen")
    items = sim.control("GET", "messages")["items"]
    assert [item["seen"] for item in items] == [True, True]
