"""A process that is told to end does so in its time, and nothing is lost or doubled by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize("lasting_house", ["sqlite"], indirect=True),  # any database will do
]

STOP_WITHIN = 8.0  # seconds; supervisord gives five, and the machine may be busy


def test_a_worker_that_is_told_to_end_while_it_sends(house: House) -> None:
    (ann,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(ann, "Hello"))
    house.phones.switch(timeout_after_accept=1, echo_delay_ms=1000)
    message = house.reply(conversation, "One moment")
    house.wait_status(message, "sending")
    house.processes.terminate("worker", STOP_WITHIN)
    house.processes.start("worker")
    house.wait_status(message, "sent", within=60)
    assert house.phones.received(ann) == ["One moment"]


@pytest.mark.parametrize("name", ["worker", "sweep", "web"])
def test_ending_while_redis_is_away(house: House, name: str) -> None:
    house.processes.stop("redis")
    lost = "could not connect to Redis"
    house.wait("the worker misses it", lambda: house.processes.has_logged("worker", lost))
    house.processes.terminate(name, STOP_WITHIN)
