"""What a killed process leaves behind is found from the database within half a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.inbox import drain, lease
from app.inbox.spool import unspool
from app.inbox.spool.record import Received
from app.models import Contact, Conversation, Delivery
from app.models.database import reading, writing

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = pytest.mark.journey

DEAD = "a dead process"


@pytest.fixture
def talk(house: House) -> tuple[str, int]:
    """A customer who wrote, and their conversation; nothing rings and nobody works."""
    (who,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(who, "Hello"))
    house.wait_quiet()
    for name in ("worker", "sweep"):
        house.processes.stop(name)
    house.flush_redis()
    return who, conversation


def test_an_answer_that_a_dead_worker_had_claimed(house: House, talk: tuple[str, int]) -> None:
    who, conversation = talk
    message = house.reply(conversation, "Claimed")
    with writing(house.engine) as session:
        taken = {"state": "claimed", "claimed_at": clock.now(), "claimed_by": DEAD}
        session.execute(update(Delivery).where(Delivery.message_id == message).values(taken))
    house.processes.start("sweep")
    house.wait_status(message, "sent")
    assert house.phones.received(who) == ["Claimed"]


def test_a_worker_that_is_killed_while_it_sends(house: House, talk: tuple[str, int]) -> None:
    who, conversation = talk
    house.processes.start("worker")
    house.phones.switch(timeout_before_accept=1)
    message = house.reply(conversation, "Lost")
    house.wait_status(message, "sending")
    house.processes.stop("worker")
    house.processes.start("sweep")
    house.wait_status(message, "unconfirmed")
    assert house.phones.received(who) == []


def test_an_answer_for_which_nobody_rang(house: House, talk: tuple[str, int]) -> None:
    message = house.reply(talk[1], "Unheard")
    house.flush_redis()
    house.processes.start("sweep")
    house.wait_status(message, "sent")


@pytest.mark.parametrize("role", ["drain", "spool"])
def test_a_body_while_a_dead_process_holds_the_role(
    house: House, talk: tuple[str, int], role: str
) -> None:
    who, conversation = talk
    length = {"drain": drain.LEASE_LENGTH, "spool": unspool.LEASE_LENGTH}[role]
    with writing(house.engine) as session:
        lease.acquire(session, role, DEAD, length)
    house.phones.write(who, "Unheard")
    house.spool.put(Received("instagram", b"{}", "nobody", clock.now()))
    house.processes.start("sweep")
    house.wait("the spool is empty", lambda: not house.spool.state().count)
    house.wait_quiet()
    assert house.texts(conversation) == ["Hello", "Unheard"]


def test_a_profile_that_a_killed_process_was_asking_for(
    house: House, talk: tuple[str, int]
) -> None:
    (who,) = house.phones.add(1)
    house.processes.start("worker")
    conversation = house.conversation(house.phones.write(who, "Hello"))
    house.processes.start("sweep")
    house.wait("it has begun", lambda: house.processes.exit_code("sweep") is None)
    house.processes.stop("sweep")
    house.processes.start("sweep")
    house.wait("the name is there", lambda: name_of(house, conversation))


def name_of(house: House, conversation_id: int) -> str | None:
    with reading(house.engine) as session:
        thread = session.get_one(Conversation, conversation_id)
        return session.get_one(Contact, thread.contact_id).name
