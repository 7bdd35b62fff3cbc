"""What Meta's webhooks do to the order and the number of things, and how little of it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = pytest.mark.journey

DISORDERS: list[dict[str, Any]] = [
    {"duplicate": 1, "concurrent": True},
    {"batch": 10, "reorder": True, "duplicate": 1},
    {"batch": 10, "concurrent": True, "format": "changes"},
]


@pytest.mark.parametrize("switches", DISORDERS, ids="+".join)
def test_two_hundred_messages_are_there_once_and_in_order(
    house: House, switches: dict[str, Any]
) -> None:
    people = house.phones.add(20)
    said = {who: [f"{number} of 10" for number in range(1, 11)] for who in people}
    met = {who: house.conversation(house.phones.write(who, "Hello")) for who in people}
    house.phones.switch(collect_ms=500, **switches)
    house.phones.write_all([(who, said[who][number]) for number in range(10) for who in people])
    house.wait_quiet()
    for who in people:
        assert house.texts(met[who]) == ["Hello", *said[who]]
