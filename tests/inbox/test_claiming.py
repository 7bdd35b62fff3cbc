"""What is due is claimed once, in the order of its conversation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import update

from app import clock
from app.inbox import claim
from app.models import Conversation, Delivery
from app.models.database import reading, writing
from tests.bodies import message

if TYPE_CHECKING:
    from tests.office import Office

BLOCKING = ["held", "claimed", "sending"]
PASSING = ["sent", "failed", "discarded"]


@pytest.fixture
def office(office: Office) -> Office:
    """Two answers wait in one conversation."""
    office.take_in(message("m1", at=clock.now()))
    office.reply("one")
    office.reply("two")
    return office


def ids(office: Office) -> list[int]:
    return [one.id for one in office.rows(Delivery)]


def put_first(office: Office, **values: object) -> None:
    with writing(office.engine) as session:
        first = update(Delivery).where(Delivery.id == ids(office)[0])
        session.execute(first.values(**values))


def test_only_the_oldest_of_a_conversation_is_claimed(office: Office) -> None:
    first, _ = office.rows(Delivery)
    assert office.claim() == [first.id]
    claimed = office.rows(Delivery)[0]
    assert (claimed.state, claimed.claimed_by) == ("claimed", "test")
    assert claimed.claimed_at is not None


@pytest.mark.parametrize("state", BLOCKING)
def test_what_is_not_settled_blocks_what_comes_after_it(office: Office, state: str) -> None:
    put_first(office, state=state)
    assert office.claim() == []


@pytest.mark.parametrize("state", PASSING)
def test_what_is_settled_blocks_nothing(office: Office, state: str) -> None:
    _, second = ids(office)
    put_first(office, state=state)
    assert office.claim() == [second]


def test_what_waits_for_its_next_try_blocks_what_comes_after_it(office: Office) -> None:
    put_first(office, next_try_at=clock.now() + timedelta(seconds=30))
    assert office.claim() == []
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        assert office.claim() == ids(office)[:1]


@pytest.mark.parametrize(("seconds", "claimed"), [(59, 0), (61, 1)])
def test_an_unconfirmed_one_blocks_for_a_minute(office: Office, seconds: int, claimed: int) -> None:
    put_first(office, state="unconfirmed", sending_at=clock.now())
    with time_machine.travel(clock.now() + timedelta(seconds=seconds)):
        assert len(office.claim()) == claimed


def test_other_conversations_are_not_blocked(office: Office) -> None:
    office.take_in(message("m2", person="770002", at=clock.now()))
    other = office.thread(Conversation.preview == "Hi")
    office.reply("three", thread=other.id)
    first, _, third = ids(office)
    assert office.claim() == [first, third]


def test_no_more_is_claimed_than_asked_for(office: Office) -> None:
    crowd(office, 4)
    assert len(office.claim(limit=3)) == 3


def test_two_claimers_at_once_never_claim_the_same(office: Office) -> None:
    crowd(office, 30)
    with ThreadPoolExecutor(6) as threads:
        taken = [one for got in threads.map(office.claim, [7] * 12) for one in got]
    taken += office.claim()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 31


def test_what_can_be_claimed_is_due(office: Office) -> None:
    with reading(office.engine) as session:
        assert claim.is_due(session)
    office.claim()
    with reading(office.engine) as session:
        assert not claim.is_due(session)


def crowd(office: Office, count: int) -> None:
    """Let an answer wait in each of ``count`` more conversations."""
    people = [f"77{n}" for n in range(count)]
    office.take_in(*[message(f"c{one}", person=one, at=clock.now()) for one in people])
    for one in office.rows(Conversation)[1:]:
        office.reply("Welcome", thread=one.id)
