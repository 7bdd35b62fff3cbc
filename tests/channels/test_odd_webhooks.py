"""Whatever a webhook holds, every item ends as one event and nothing is raised."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels import body, registry
from app.channels.events import MessageEchoed, MessageReceived, Unknown
from tests.channels.strategies import json_values, webhooks
from tests.channels.test_body import is_clean, texts_in

if TYPE_CHECKING:
    from app.channels.base import Item
    from app.channels.events import Event

ACCOUNT, CUSTOMER = "17841400000000001", "1233445566778899"
MESSAGE = {"mid": "m1", "text": "Hi"}


def items_of(parsed: object) -> list[Item]:
    raw = json.dumps(parsed).encode()
    return [item for _, item in registry.items(body.read(raw))]


def event_of(item: object, entry_id: object = ACCOUNT) -> Event:
    [found] = items_of({"object": "instagram", "entry": [{"id": entry_id, "messaging": [item]}]})
    return found.event


def said(**changed: object) -> dict[str, Any]:
    frame = {"sender": {"id": CUSTOMER}, "recipient": {"id": ACCOUNT}, "timestamp": 1763779999876}
    return {**frame, "message": MESSAGE, **changed}


def count(entries: object) -> int:
    """Return how many items must come out: each one, or the container itself where none is."""
    if not isinstance(entries, list) or not entries:
        return 1
    return sum(_count_in_entry(entry) if isinstance(entry, dict) else 1 for entry in entries)


def _count_in_entry(entry: dict[str, Any]) -> int:
    containers = [entry[name] for name in ("messaging", "standby", "changes") if name in entry]
    items = sum(len(found) if isinstance(found, list) else 1 for found in containers)
    return max(1, items + ("field" in entry))


@given(webhooks)
def test_every_item_ends_as_one_clean_event(webhook: dict[str, Any]) -> None:
    [cleaned] = objects = body.read(json.dumps(webhook).encode())
    items = [item for _, item in registry.items(objects)]
    assert len(items) == count(cleaned["entry"])
    assert len({item.path for item in items}) == len(items)
    for item in items:
        body.item_at(objects, item.path)
        assert all(is_clean(text) for text in texts_in(asdict(item.event)))


@given(st.lists(st.dictionaries(st.sampled_from(["object", "entry"]), json_values), min_size=1))
def test_any_object_gives_at_least_one_item(objects: list[dict[str, Any]]) -> None:
    assert {item.path.split(".")[0] for item in items_of(objects)} == {
        str(index) for index in range(len(objects))
    }


@pytest.mark.parametrize("parsed", [{}, {"object": None}, {"object": ["instagram"]}])
def test_object_without_a_name_is_one_item_without_a_channel(parsed: dict[str, Any]) -> None:
    [(channel, item)] = registry.items([parsed])
    assert channel is None
    assert item.path == "0"
    assert isinstance(item.event, Unknown)
    assert not item.event.visible


def test_object_of_another_product_is_named() -> None:
    [item] = items_of({"object": "whatsapp_business_account", "entry": [{}, {}]})
    assert isinstance(item.event, Unknown)
    assert item.event.name == "whatsapp_business_account"


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (None, "no_object"),
        ([], "no_object"),
        ({}, "empty"),
        (said(message="text", sender={"id": ""}), "message"),
        (said(sender=CUSTOMER), "message"),
        (said(sender={"id": "x" * 1001}), "message"),
    ],
)
def test_item_that_names_nobody_is_not_shown(item: object, name: str) -> None:
    event = event_of(item)
    assert isinstance(event, Unknown)
    assert (event.name, event.visible, event.person) == (name, False, None)


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (said(message="text"), "message"),
        (said(message={"text": "Hi"}), "message"),
        (said(message={"text": "Hi", "mid": "x" * 1001}), "message"),
        (said(message={"mid": "m1", "attachments": [{"type": "hologram"}]}), "hologram"),
        (said(message={"mid": "m1", "attachments": [{"type": 7}]}), "attachment"),
        (said(message={"mid": "m1", "reply_to": {"story": {"id": "1"}}}), "message"),
        ({**said(), "message": {}, "postback": {}}, "message"),
        ({"sender": {"id": CUSTOMER}, "postback": {"title": ""}}, "postback"),
        ({"sender": {"id": CUSTOMER}, "new_kind" * 20: {}}, ("new_kind" * 20)[:60]),
    ],
)
def test_odd_deed_of_a_customer_is_shown(item: object, name: str) -> None:
    event = event_of(item)
    assert isinstance(event, Unknown)
    assert (event.name, event.visible, event.person) == (name, True, CUSTOMER)


def test_numeric_ids_become_text() -> None:
    event = event_of(said(sender={"id": int(CUSTOMER)}, message={"mid": 7, "text": "Hi"}))
    assert isinstance(event, MessageReceived)
    assert (event.person, event.external_id) == (CUSTOMER, "7")


def test_impossible_time_is_no_time() -> None:
    assert event_of(said(timestamp=True)).occurred_at is None


@pytest.mark.parametrize("entry_id", [None, "", {}, "x" * 1001])
def test_account_is_the_recipient_where_the_entry_names_none(entry_id: object) -> None:
    assert event_of(said(), entry_id).account == ACCOUNT


def test_account_of_an_echo_is_the_sender_where_the_entry_names_none() -> None:
    event = event_of(
        {
            "sender": {"id": ACCOUNT},
            "recipient": {"id": CUSTOMER},
            "message": {**MESSAGE, "is_echo": True},
        },
        None,
    )
    assert isinstance(event, MessageEchoed)
    assert (event.account, event.person) == (ACCOUNT, CUSTOMER)


def test_message_from_our_own_account_is_an_echo_even_unmarked() -> None:
    event = event_of(said(sender={"id": ACCOUNT}, recipient={"id": CUSTOMER}))
    assert isinstance(event, MessageEchoed)
    assert event.person == CUSTOMER


def test_message_between_our_own_ids_opens_no_conversation() -> None:
    event = event_of(said(sender={"id": ACCOUNT}, recipient={"id": ACCOUNT}))
    assert isinstance(event, Unknown)
    assert (event.name, event.visible) == ("is_self", False)


def test_deleted_message_never_claims_the_id_of_the_original() -> None:
    event = event_of(said(message={**MESSAGE, "is_deleted": True, "is_unsupported": True}))
    assert isinstance(event, Unknown)
    assert (event.name, event.external_id) == ("is_deleted", None)


def test_text_of_a_message_flagged_unsupported_is_kept() -> None:
    event = event_of(said(message={**MESSAGE, "is_unsupported": True}))
    assert isinstance(event, MessageReceived)
    assert (event.text, event.details) == ("Hi", {"unsupported": ["is_unsupported"]})


def test_text_survives_whole() -> None:
    text = (
        "\u0645\u0631\u062d\u0628\u0627 \U0001f468\u200d\U0001f469\u200d\U0001f467 " + "x" * 9_990
    )
    event = event_of(said(message={"mid": "m1", "text": text}))
    assert isinstance(event, MessageReceived)
    assert event.text == text
