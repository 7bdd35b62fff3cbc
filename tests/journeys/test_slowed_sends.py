"""Meta slows an account down: everything waits its turn, and nothing is lost or doubled."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.models import Conversation, Delivery, SendPace
from app.models.database import writing

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = pytest.mark.journey


def test_a_throttled_burst_arrives_in_order(house: House) -> None:
    customers = house.phones.add(3)
    threads = [house.conversation(house.phones.write(one, "Hello")) for one in customers]
    house.phones.switch(error={"code": 613, "http_status": 429, "times": 2})
    messages = [house.reply(threads[n % 3], f"answer {n}") for n in range(12)]
    for message in messages:
        house.wait_status(message, "sent")
    for which, one in enumerate(customers):
        assert house.phones.received(one) == [f"answer {n}" for n in range(12) if n % 3 == which]


def test_a_pause_outlives_the_worker(house: House) -> None:
    [customer] = house.phones.add(1)
    thread = house.conversation(house.phones.write(customer, "Hello"))
    house.phones.switch(error={"code": 4, "http_status": 400, "times": 1})
    messages = [house.reply(thread, f"answer {n}") for n in range(3)]
    house.wait("the account pauses", lambda: _paused(house))
    house.processes.kill("worker")
    house.processes.kill("sweep")
    house.wait_ready()
    assert house.phones.received(customer) == []
    _end_pause(house)
    for message in messages:
        house.wait_status(message, "sent")
    assert house.phones.received(customer) == [f"answer {n}" for n in range(3)]


def test_what_waits_in_a_pause_fails_when_its_window_closes(house: House) -> None:
    [customer] = house.phones.add(1)
    thread = house.conversation(house.phones.write(customer, "Hello"))
    house.phones.switch(error={"code": 4, "http_status": 400, "times": 1})
    answer = house.reply(thread, "an answer")
    house.wait("the account pauses", lambda: _paused(house))
    with writing(house.engine) as session:
        a_day_ago = clock.now() - timedelta(days=1)
        session.execute(update(Conversation).values(window_opened_at=a_day_ago))
    house.wait_status(answer, "failed")
    assert _paused(house)
    assert house.phones.received(customer) == []


def _paused(house: House) -> bool:
    with writing(house.engine) as session:
        found = session.query(SendPace.paused_until).filter(SendPace.paused_until > clock.now())
        return found.first() is not None


def _end_pause(house: House) -> None:
    with writing(house.engine) as session:
        session.execute(update(SendPace).values(paused_until=None, refilled_at=clock.now()))
        queued = update(Delivery).where(Delivery.state == "queued")
        session.execute(queued.values(next_try_at=clock.now()))
