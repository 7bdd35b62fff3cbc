"""Sends that Meta refuses: with a sentence for people, or tried again in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize("lasting_house", ["sqlite"], indirect=True),  # any database will do
]

RETRIED_WITHIN = 60.0  # seconds


def _conversation(house: House) -> tuple[str, int]:
    (customer,) = house.phones.add(1)
    return customer, house.conversation(house.phones.write(customer, "Hello"))


@pytest.mark.parametrize(
    ("code", "subcode"), [(3, None), (190, None), (100, 2018001), (100, 2534014), (10, 2534022)]
)
def test_a_refusal_is_explained(house: House, code: int, subcode: int | None) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(error={"code": code, "subcode": subcode, "times": 1})
    message = house.reply(conversation, "Hi!")
    house.wait_status(message, "failed")
    (error,) = [shown["error"] for shown in house.messages(conversation) if shown["id"] == message]
    assert (error["code"], error["subcode"]) == (code, subcode)
    assert all(error[words] for words in ("message", "explanation", "next_step"))
    assert house.phones.received(customer) == []
    house.wait_status(house.reply(conversation, "Better now?"), "sent")
    assert house.phones.received(customer) == ["Better now?"]


@pytest.mark.parametrize(
    "switches",
    [
        {"error": {"code": 613, "subcode": 2534040, "http_status": 429, "times": 1}},
        {"ok_with_error": 1},
    ],
    ids=["throttled", "trouble in a success"],
)
def test_what_is_tried_again_keeps_its_order(house: House, switches: dict[str, object]) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(**switches)
    said = [f"{number} of 4" for number in range(1, 5)]
    messages = [house.reply(conversation, text) for text in said]
    for message in messages:
        house.wait_status(message, "sent", RETRIED_WITHIN)
    assert house.phones.received(customer) == said
