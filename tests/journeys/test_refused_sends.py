"""Sends that Meta refuses: with a sentence for people, or tried again in order."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.people import Person

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = pytest.mark.journey

# What Meta answers, how often, and then: status, sentence, cause, next step, help.
REFUSALS = {
    "user not found": (
        {"code": 100, "subcode": 2534014, "message": "User not found"},
        ("failed", "Meta does not know this customer on this account."),
        ("deleted their account", "Ask the customer to write to this account again"),
        "/help/troubleshooting#user-not-found",
    ),
    "customer cannot be reached": (
        {"code": 551, "subcode": 1545041},
        ("failed", "This customer cannot be reached at the moment."),
        ("may have blocked your account", "Wait until the customer writes again"),
        "/help/errors#not-available",
    ),
    "window closed": (
        {"code": 10, "subcode": 2534022},
        ("failed", "The time to answer this customer is over."),
        ("for 24 hours", "Wait until the customer writes again"),
        "/help/troubleshooting#window-closed",
    ),
    "message refused": (
        {"code": 100, "message": "(#100) No such thing as 50 % <b>"},
        ("failed", "Meta does not accept this message as it is."),
        ("(#100) No such thing as 50 % <b>", "Change the message"),
        "/help/errors#not-accepted",
    ),
    "tried again in vain": (
        {"code": 100, "subcode": 2018008, "times": 2},
        ("failed", "Meta could not read the attached file."),
        ("Meta fetches a file from this installation", "Send a smaller file."),
        "/help/errors#file-not-fetched",
    ),
}


def _conversation(house: House) -> tuple[str, int]:
    (customer,) = house.phones.add(1)
    return customer, house.conversation(house.phones.write(customer, "Hello"))


def _shown(house: House, conversation: int, message: int) -> dict[str, Any]:
    [found] = [one for one in house.messages(conversation) if one["id"] == message]
    return found


@pytest.mark.parametrize(("answer", "told", "more", "page"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_explained(
    house: House,
    answer: dict[str, Any],
    told: tuple[str, str],
    more: tuple[str, str],
    page: str,
) -> None:
    (status, sentence), (cause, next_step) = told, more
    customer, conversation = _conversation(house)
    house.phones.switch(error={"times": 1} | answer)

    message = house.reply(conversation, "Hi!")

    house.wait_status(message, status)
    error = _shown(house, conversation, message)["error"]
    assert (error["code"], error["subcode"]) == (answer["code"], answer.get("subcode"))
    assert error["message"] == sentence
    assert cause in error["explanation"]
    assert next_step in error["next_step"]
    assert house.phones.received(customer) == []
    with closing(Person(house, "agent@demo.inlet")) as agent:
        read = agent.reads(f"/inbox/{conversation}")
        assert all(words in read for words in (sentence, next_step, page))
        assert cause not in read
        path, _, anchor = page.partition("#")
        assert f'id="{anchor}"' in agent.reads(path)
    with closing(Person(house, "admin@demo.inlet")) as admin:
        assert cause in admin.reads(f"/inbox/{conversation}")
    house.wait_status(house.reply(conversation, "Better now?"), "sent")
    assert house.phones.received(customer) == ["Better now?"]


def test_what_may_have_been_sent_is_left_to_people(house: House) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(error_1357046=1, echo="never")

    message = house.reply(conversation, "Hi!")

    house.wait_status(message, "unconfirmed")
    error = _shown(house, conversation, message)["error"]
    assert error["message"] == "It is not certain whether the customer got this message."
    with closing(Person(house, "agent@demo.inlet")) as agent:
        read = agent.reads(f"/inbox/{conversation}")
    assert "It may or may not have arrived." in read
    assert "/help/troubleshooting#unconfirmed" in read
    assert house.phones.received(customer) == ["Hi!"]


@pytest.mark.parametrize(
    "switches",
    [
        {"error": {"code": 613, "subcode": 2534040, "http_status": 429, "times": 1}},
        {"error": {"code": 2, "http_status": 500, "times": 1}},
        {"ok_with_error": 1},
    ],
    ids=["throttled", "retryable", "trouble in a success"],
)
def test_what_is_tried_again_keeps_its_order(house: House, switches: dict[str, object]) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(**switches)
    said = [f"{number} of 4" for number in range(1, 5)]
    messages = [house.reply(conversation, text) for text in said]
    for message in messages:
        house.wait_status(message, "sent")
    assert house.phones.received(customer) == said
