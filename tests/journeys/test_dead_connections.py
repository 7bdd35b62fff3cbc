"""A connection that Meta refuses: everything arrives, nothing goes out, and nothing is lost."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.people import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.house import House

pytestmark = pytest.mark.journey

CAPABILITY = "(#3) Application does not have the capability to make this API call."
TOKEN = "Invalid OAuth access token - Cannot parse access token"

# What Meta answers, and then: sentence, cause, next step, help.
REFUSALS = {
    "no capability": (
        {"code": 3, "http_status": 403, "message": CAPABILITY},
        "Meta does not allow this app to send messages yet.",
        "lacks the product or the advanced access",
        "completes App Review",
        "/help/troubleshooting#no-capability",
    ),
    "invalid token": (
        {"code": 190, "http_status": 401, "message": TOKEN},
        "The connection to Meta is no longer valid.",
        "is wrong, was withdrawn",
        "enters a new access token",
        "/help/troubleshooting#invalid-access-token",
    ),
}


@pytest.fixture
def house(house: House) -> Iterator[House]:
    """The installation, its connection whole again afterwards."""
    yield house
    house.phones.rest()
    house.reconnect()


@pytest.mark.parametrize(
    ("answer", "sentence", "cause", "next_step", "page"), REFUSALS.values(), ids=REFUSALS
)
def test_a_refused_connection_is_explained_and_mended(
    house: House, answer: dict[str, Any], sentence: str, cause: str, next_step: str, page: str
) -> None:
    [customer] = house.phones.add(1)
    conversation = house.conversation(house.phones.write(customer, "Hello"))
    house.phones.switch(error={"times": 1} | answer)
    message = house.reply(conversation, "Hi!")
    house.wait_status(message, "held")
    assert house.phones.received(customer) == []
    with closing(Person(house, "agent@demo.inlet")) as agent:
        read = agent.reads(f"/inbox/{conversation}")
        assert all(words in read for words in (sentence, "is kept and goes out", page))
        assert "Instagram cannot send" in read
        assert "/settings/connections" not in read
    with closing(Person(house, "admin@demo.inlet")) as admin:
        read = admin.reads("/settings/connections")
        assert all(words in read for words in (sentence, cause, next_step))
        assert "/settings/connections#" in admin.reads("/inbox")
    house.reconnect()
    house.wait_status(message, "sent")
    assert house.phones.received(customer) == ["Hi!"]


def test_a_queue_outlives_its_token(house: House) -> None:
    customers = house.phones.add(3)
    threads = [house.conversation(house.phones.write(one, "Hello")) for one in customers]
    house.phones.switch(error={"code": 190, "subcode": 463, "http_status": 401, "times": 1000})
    said = [(number % 3, f"answer {number}") for number in range(10)]
    messages = [house.reply(threads[which], text) for which, text in said]
    for message in messages:
        house.wait_status(message, "held")

    for one in customers:
        house.phones.write(one, "Still there?")
    house.wait_quiet()
    assert [house.texts(thread).count("Still there?") for thread in threads] == [1, 1, 1]

    house.phones.rest()
    house.processes.kill("worker")
    house.reconnect()
    for message in messages:
        house.wait_status(message, "sent")
    for number, one in enumerate(customers):
        assert house.phones.received(one) == [text for which, text in said if which == number]
