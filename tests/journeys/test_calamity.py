"""Everything is killed in turn while people write and are answered; nothing shows of it."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.journeys.traffic import Traffic

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = pytest.mark.journey

SECONDS = 12.0  # of traffic


def test_nothing_is_lost_or_doubled(house: House) -> None:
    chance = random.Random(2)  # noqa: S311 - reproducible, not secret
    traffic = Traffic(house, chance, people=20, each=10, answers=50, seconds=SECONDS)

    def kill_in_turn() -> None:
        for name in ("worker", "redis", "web", "sweep"):
            time.sleep(SECONDS / 5)
            house.processes.kill(name)
        house.wait_redis()
        house.flush_redis()

    traffic.run(kill_in_turn)
    house.wait_settled(traffic.met.values())
    traffic.check()
