"""A process that is told to end does so in its time, and nothing is lost or doubled by it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from app.models import Delivery
from app.models.database import reading, writing
from app.models.states import DeliveryState

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = pytest.mark.journey

STOP_WITHIN = 60.0  # seconds; supervisord gives five, and the machine may be slow and busy
MISSING_REDIS = ("could not connect to Redis", '"event": "redis_away"')
"""What a worker says that waits for work; and one that was still starting, after a journey."""


def test_a_worker_that_is_told_to_end_while_it_sends(house: House) -> None:
    (ann,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(ann, "Hello"))
    house.processes.terminate("sweep", STOP_WITHIN)  # it sends too
    house.phones.switch(timeout_after_accept=1, echo_delay_ms=1000)
    message = house.reply(conversation, "One moment")
    house.wait_status(message, "sending")
    house.processes.terminate("worker", STOP_WITHIN)
    assert house.processes.exit_code("worker") == 0
    assert house.processes.has_logged("worker", '"are_sends_done": false')
    assert claimed(house) == []
    house.processes.start("worker", "sweep")
    house.wait_status(message, "sent")
    assert house.phones.received(ann) == ["One moment"]


@pytest.mark.parametrize("name", ["worker", "sweep", "web"])
def test_ending_while_redis_is_away(house: House, name: str) -> None:
    house.processes.stop("redis")
    house.wait(
        "the worker misses it",
        lambda: any(house.processes.has_logged("worker", words) for words in MISSING_REDIS),
    )
    house.processes.terminate(name, STOP_WITHIN)
    assert house.processes.exit_code(name) == 0


@pytest.mark.parametrize("name", ["worker", "sweep"])
def test_ending_in_the_midst_of_many_messages(house: House, name: str) -> None:
    people = house.phones.add(20)
    met = {who: house.conversation(house.phones.write(who, "Hello")) for who in people}
    other = {"worker": "sweep", "sweep": "worker"}[name]
    for each in (name, other):
        house.processes.terminate(each, STOP_WITHIN)  # killed, it would keep the drain's role
    said = [f"line {number}" for number in range(20)]
    for text in said:
        house.phones.write_all([(who, text) for who in people])
    house.processes.start(name)
    house.wait("it has begun", lambda: any(len(house.texts(one)) > 1 for one in met.values()))
    house.processes.terminate(name, STOP_WITHIN)
    assert house.processes.exit_code(name) == 0
    house.processes.start(name, other)
    house.wait_quiet()
    assert [house.texts(one) for one in met.values()] == [["Hello", *said]] * len(people)


@pytest.mark.parametrize("lasting_house", ["sqlite"], indirect=True)  # it has one writer
def test_web_finishes_what_it_has_begun(house: House) -> None:
    (bob,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(bob, "Hello"))
    with ThreadPoolExecutor() as threads:
        with writing(house.engine) as session:
            session.execute(select(Delivery.id).limit(1))  # from here on others wait to write
            answer = threads.submit(house.reply, conversation, "Begun in time")
            time.sleep(2)
            ended = threads.submit(house.processes.terminate, "web", STOP_WITHIN)
            time.sleep(0.5)
        house.wait_status(answer.result(), "sent")
        ended.result()
    assert house.processes.exit_code("web") == 0
    assert house.phones.received(bob) == ["Begun in time"]


def claimed(house: House) -> list[int]:
    """What is claimed and not being sent."""
    query = select(Delivery.id).where(Delivery.state == DeliveryState.CLAIMED)
    with reading(house.engine) as session:
        return list(session.scalars(query))
