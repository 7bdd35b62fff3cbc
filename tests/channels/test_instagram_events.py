"""Every kind of item that Instagram sends, and the event it becomes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.channels import body, registry
from app.channels.events import (
    MessageEchoed,
    MessageReceived,
    Postback,
    ReceivedFile,
    TestReceived,
    Unknown,
)

if TYPE_CHECKING:
    from app.channels.events import Event

FIXTURES = Path(__file__).parent.parent / "fixtures" / "instagram"
ACCOUNT = "17841400000000001"
CUSTOMER = "1233445566778899"
AT = datetime(2025, 11, 22, 2, 53, 19, 876_000, tzinfo=UTC)
WHOLE_SECOND = AT.replace(microsecond=0)
FRAME: dict[str, Any] = {"account": ACCOUNT, "person": CUSTOMER, "occurred_at": AT}
MID = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQxNDAwMDAwMDAwMDAxOjM0MDI4MjM2Njg0MTcxMDMwMQZDZD"
QUOTED = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQxNDAwMDAwMDAwMDAxOjM0MDI4MjM2Njg0MTcxMDMwMAZDZD"
CDN = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=18000000000000001&signature=AbcDef"


def received(kind: str = "text", **said: object) -> MessageReceived:
    return MessageReceived(**{**FRAME, "external_id": MID, "kind": kind, **said})


def with_file(kind: str, file_kind: str | None = None, **said: object) -> MessageReceived:
    return received(kind, files=(ReceivedFile(file_kind or kind, CDN),), **said)


def echoed(kind: str = "text", **said: object) -> MessageEchoed:
    return MessageEchoed(**{**FRAME, "external_id": MID, "kind": kind, **said})


def unknown(name: str, **said: object) -> Unknown:
    return Unknown(**{**FRAME, "name": name, **said})


def no_deed(name: str, **said: object) -> Unknown:
    return unknown(name, visible=False, **said)


def about_a_post(name: str) -> Unknown:
    return no_deed(name, person=None, occurred_at=WHOLE_SECOND)


def pressed(name: str, **said: object) -> TestReceived:
    frame: dict[str, Any] = {
        "account": "0",
        "occurred_at": datetime(2018, 5, 27, 22, 23, 44, tzinfo=UTC),
    }
    return TestReceived(**{**frame, "person": None, "name": name, **said})


EXPECTED: dict[str, Event] = {
    "customer_wrote_text": received(text="Hi, is it open today? \U0001f62e"),
    "customer_wrote_text_with_long_id": received(
        text="Hi", external_id="aWdf" + "ZAG1faXRlbTox" * 24
    ),
    "customer_wrote_text_at_seconds": received(text="Hi", occurred_at=WHOLE_SECOND),
    "customer_wrote_text_in_changes": received(text="Hi"),
    "customer_wrote_while_another_app_owns_the_thread": received(
        text="Hi", details={"standby": True}
    ),
    "customer_wrote_after_ad": received(
        text="Is it available?",
        details={
            "referral": {
                "ref": "R",
                "ad_id": "123",
                "source": "ADS",
                "type": "OPEN_THREAD",
                "ads_context_data": {"ad_title": "Spring", "photo_url": CDN},
            }
        },
    ),
    "customer_asked_about_product": received(
        text="Which sizes?", details={"referral": {"product": {"id": "456"}}}
    ),
    "customer_tapped_quick_reply": received(text="Blue", details={"quick_reply": "COLOR_BLUE"}),
    "customer_quoted_message": received(text="this one", reply_to=QUOTED),
    "customer_sent_image": with_file("image"),
    "customer_sent_image_without_address": received("image", files=(ReceivedFile("image"),)),
    "customer_sent_video": with_file("video"),
    "customer_sent_voice_message": with_file("audio"),
    "customer_sent_file": with_file("file"),
    "customer_sent_images_with_text": received(
        "image",
        text="Both are broken",
        files=(ReceivedFile("image", CDN), ReceivedFile("video", CDN + "2")),
    ),
    "customer_shared_post_in_the_old_form": with_file("share"),
    "customer_shared_post": received("share", files=(ReceivedFile("share", CDN, "Our new shop"),)),
    "customer_shared_reel": received(
        "share", files=(ReceivedFile("share", CDN, "Behind the scenes"),)
    ),
    "customer_shared_reel_with_numeric_id": received(
        "share", files=(ReceivedFile("share", "/reel/17900000000000001"),)
    ),
    "customer_shared_story": with_file("share"),
    "customer_shared_story_in_the_plain_form": with_file("share"),
    "customer_mentioned_us_in_story": with_file("story_mention", "share"),
    "customer_replied_to_story": with_file(
        "story_reply",
        "share",
        text="love it",
        details={"story": {"url": CDN, "id": "18000000000000004"}},
    ),
    "customer_replied_to_expired_story": received(
        "story_reply", text="love it", details={"story": {"id": "18000000000000004"}}
    ),
    "customer_sent_heart": received("sticker"),
    "customer_sent_text_with_unsupported_attachment": received(
        text="look", details={"unsupported": ["unsupported_type"]}
    ),
    "customer_sent_disappearing_photo": unknown("ephemeral", external_id=MID, opens_window=True),
    "customer_sent_unsupported_attachment": unknown(
        "unsupported_type", external_id=MID, opens_window=True
    ),
    "customer_sent_unsupported_message": unknown(
        "is_unsupported", external_id=MID, opens_window=True
    ),
    "customer_sent_empty_message": unknown("message", external_id=MID, opens_window=True),
    "customer_sent_message_without_id": unknown("message"),
    "customer_unsent_message": unknown("is_deleted"),
    "customer_edited_message": unknown("message_edit"),
    "customer_reacted": unknown("reaction", opens_window=True),
    "customer_removed_reaction": unknown("unreact"),
    "customer_opened_link": unknown("referral", opens_window=True),
    "customer_opted_in": unknown("optin"),
    "customer_ordered": unknown("order"),
    "customer_tapped_ice_breaker": Postback(
        **FRAME, external_id=MID, title="Opening hours?", payload="HOURS"
    ),
    "customer_tapped_ice_breaker_without_id": Postback(
        **FRAME, external_id=None, title="Get started", payload="GET_STARTED"
    ),
    "business_answered_in_the_phone_app": echoed(text="Yes, until six"),
    "business_answered_through_another_app": echoed(text="Yes", app_id="263902037430900"),
    "business_sent_template": echoed("template", text="Blue shirt\nRed shirt"),
    "business_sent_unsupported_message": unknown("is_unsupported", external_id=MID, by_us=True),
    "business_unsent_message": unknown("is_deleted", by_us=True),
    "business_wrote_to_itself": no_deed("is_self", person=ACCOUNT, by_us=True),
    "customer_saw_message": no_deed("read"),
    "message_was_delivered": no_deed("delivery"),
    "other_app_passed_control": no_deed("pass_thread_control"),
    "other_app_took_control": no_deed("take_thread_control"),
    "other_app_requested_control": no_deed("request_thread_control"),
    "customer_commented": about_a_post("comments"),
    "customer_commented_in_a_flat_entry": about_a_post("comments"),
    "customer_commented_live": about_a_post("live_comments"),
    "customer_mentioned_us_in_comment": about_a_post("mentions"),
    "story_insights_arrived": about_a_post("story_insights"),
    "test_button_message": pressed("message"),
    "test_button_message_in_messaging": pressed("message"),
    "test_button_message_with_account_id": pressed("message", account=ACCOUNT),
    "test_button_echo": pressed("message"),
    "test_button_message_to_self": pressed("message"),
    "test_button_seen": pressed("read"),
    "test_button_reaction": pressed("reaction"),
    "test_button_edit": pressed("message_edit"),
    "test_button_postback": pressed("postback"),
    "test_button_referral": pressed("referral"),
    "test_button_optin": pressed("optin"),
    "test_button_handover": pressed("pass_thread_control"),
    "test_button_comment": pressed("comments", occurred_at=WHOLE_SECOND),
}
SEVERAL_ITEMS = {"two_entries_with_three_items", "two_objects_in_a_list"}


def items_of(fixture: str) -> list[tuple[str, Event]]:
    objects = body.read((FIXTURES / f"{fixture}.json").read_bytes())
    return [(item.path, item.event) for _, item in registry.items(objects)]


@pytest.mark.parametrize("fixture", EXPECTED)
def test_item_becomes_event(fixture: str) -> None:
    [(_, event)] = items_of(fixture)
    assert event == EXPECTED[fixture]


def test_every_fixture_is_expected() -> None:
    assert {path.stem for path in FIXTURES.glob("*.json")} == EXPECTED.keys() | SEVERAL_ITEMS


def test_every_entry_and_item_of_a_batch_is_read() -> None:
    read = [
        (path, event.account, event.text)
        for path, event in items_of("two_entries_with_three_items")
        if isinstance(event, MessageReceived)
    ]
    assert read == [
        (f"0.entry.{entry}.messaging.{item}", f"1784140000000000{entry + 1}", f"{entry + 1}{item}")
        for entry in range(2)
        for item in range(3)
    ]


def test_every_object_of_a_list_is_read() -> None:
    assert items_of("two_objects_in_a_list") == [
        ("0.entry.0.messaging.0", received(text="Hi")),
        ("1.entry.0.messaging.0", no_deed("read")),
    ]
