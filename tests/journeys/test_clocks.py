"""Meta's clock ahead of ours, or behind it: people notice nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.house import House

pytestmark = pytest.mark.journey


@pytest.fixture
def house(house: House) -> Iterator[House]:
    yield house
    house.phones.move_clock(0)


@pytest.mark.parametrize("seconds", [-90, 90])
def test_a_talk_stays_in_order_and_is_answered(house: House, seconds: int) -> None:
    house.phones.move_clock(seconds)
    (ann,) = house.phones.add(1)
    said = []
    for turn in range(3):
        conversation = house.conversation(house.phones.write(ann, f"question {turn}"))
        said.append(f"question {turn}")
        house.wait("it is there", lambda: house.texts(conversation)[-1] == said[-1])  # noqa: B023
        answer = house.reply(conversation, f"answer {turn}")
        said.append(f"answer {turn}")
        house.wait_status(answer, "sent")
    house.wait_quiet()
    assert house.texts(conversation) == said
