"""No account sends faster than its limit, and what waits for it keeps its place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from app import clock
from app.channels.base import Sent, Usage
from app.channels.faults import GraphFault, Throttled
from app.inbox import claim, pace
from app.inbox.pace import Bucket, slowed
from app.models import ChannelAccount, Conversation, Delivery, SendPace
from app.models.database import reading, writing
from tests.bodies import message

if TYPE_CHECKING:
    from tests.office import Office

RATE = 100.0  # a bucket of ten
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SLOW = GraphFault("Too many calls", code=613)
SLOW_THREAD = GraphFault("Too many to this person", code=613, subcode=2018338)


@pytest.fixture
def office(office: Office) -> Office:
    """An answer waits in each of 30 conversations."""
    people = [f"77{number}" for number in range(30)]
    office.take_in(*[message(f"m{one}", person=one, at=clock.now()) for one in people])
    for thread in office.rows(Conversation):
        office.reply("Welcome", thread=thread.id)
    return office


@given(
    rate=st.floats(0.1, 500),
    looks=st.lists(st.tuples(st.floats(-1, 30), st.integers(1, 400)), max_size=40),
)
def test_a_bucket_never_gives_more_than_its_size_and_what_flowed_in(
    rate: float, looks: list[tuple[float, int]]
) -> None:
    bucket, now, given_away = Bucket(1e9, NOW, rate).filled(NOW), NOW, 0
    newest = NOW
    for seconds, wanted in looks:
        now += timedelta(seconds=seconds)
        newest = max(newest, now)
        taken, bucket = bucket.filled(now).take(wanted)
        given_away += taken
        assert 0 <= taken <= wanted
        flowed = rate * (newest - NOW).total_seconds()
        assert given_away <= bucket.size + flowed + 1e-6


@given(rate=st.floats(0.1, 500), tokens=st.floats(0, 0.99))
def test_an_empty_bucket_gives_when_it_said(rate: float, tokens: float) -> None:
    bucket = Bucket(tokens, NOW, rate)
    later = bucket.ready_at() + timedelta(microseconds=10)
    assert bucket.filled(later).take(1)[0] == 1


@pytest.mark.parametrize(
    ("usage", "rate"), [(None, 100), (79, 100), (80, 100), (90, 50), (99, 5), (100, 1), (400, 1)]
)
def test_sending_gets_slower_near_metas_limit(usage: int | None, rate: float) -> None:
    assert slowed(100, usage, NOW, NOW) == pytest.approx(rate)


def test_an_old_usage_counts_no_more() -> None:
    assert slowed(100, 99, NOW, NOW + timedelta(seconds=61)) == 100


def test_a_burst_takes_what_the_bucket_holds_and_the_rest_follows(office: Office) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        first = office.claim(rate=RATE)
        assert len(first) == 10
        assert office.claim(rate=RATE) == []
        moment.shift(timedelta(seconds=0.051))
        then = office.claim(rate=RATE)
        assert len(then) == 5
        assert max(first) < min(then)


def test_it_is_told_when_to_look_again(office: Office) -> None:
    with time_machine.travel(clock.now(), tick=False), writing(office.engine) as session:
        claimed = claim.claim(session, 30, "test", RATE)
        assert claimed.ready_at == clock.now() + timedelta(seconds=0.05)


def test_claimers_at_once_share_one_bucket(office: Office) -> None:
    with time_machine.travel(clock.now(), tick=False), ThreadPoolExecutor(6) as threads:
        taken = list(threads.map(lambda _: office.claim(limit=3, rate=RATE), range(12)))
    found = [one for got in taken for one in got]
    assert len(found) == len(set(found)) <= 10


def test_a_throttled_account_pauses_and_begins_with_one(office: Office) -> None:
    call = office.begin(office.claim(limit=1)[0])
    office.finish(call, Throttled(SLOW))
    assert office.claim() == []
    with reading(office.engine) as session:
        assert not claim.is_due(session)
    with time_machine.travel(clock.now() + timedelta(seconds=16), tick=False):
        assert office.claim(rate=1) == [call.delivery_id]


def test_a_throttled_conversation_pauses_alone(office: Office) -> None:
    call = office.begin(office.claim(limit=1)[0])
    thread = office.rows(Conversation)[0].id
    office.reply("and more", thread=thread)
    office.finish(call, Throttled(SLOW_THREAD))
    claimed = office.claim()
    assert len(claimed) == 29
    assert not {one.id for one in office.rows(Delivery) if one.conversation_id == thread} & {
        *claimed
    }


def test_a_longer_pause_is_not_shortened(office: Office) -> None:
    office.claim(limit=1)
    account = office.row(SendPace).account_id
    now = clock.now()
    for seconds in (3600, 10):
        with writing(office.engine) as session:
            pace.pause(session, [account], now + timedelta(seconds=seconds))
    assert office.row(SendPace).paused_until == now + timedelta(hours=1)


def test_a_success_that_tells_of_a_limit_slows_down(office: Office) -> None:
    call = office.begin(office.claim(limit=1)[0])
    office.finish(call, Sent("x1", Usage(95)))
    assert office.row(SendPace).usage == 95
    with time_machine.travel(clock.now() + timedelta(seconds=10), tick=False):
        assert len(office.claim(rate=RATE)) == 2  # a quarter of the bucket of ten


def test_a_success_that_tells_of_a_pause_pauses(office: Office) -> None:
    call = office.begin(office.claim(limit=1)[0])
    office.finish(call, Sent("x1", Usage(100, seconds=120)))
    assert office.claim() == []


def test_meta_is_waited_for_a_day_at_most(office: Office) -> None:
    call = office.begin(office.claim(limit=1)[0])
    now = clock.now()
    office.finish(call, Sent("x1", Usage(100, seconds=1e300)))
    until = office.row(SendPace).paused_until
    assert until is not None
    assert timedelta(hours=23) < until - now < timedelta(hours=25)


def test_a_paused_account_holds_up_no_other(office: Office) -> None:
    with writing(office.engine) as session:
        other = ChannelAccount(
            workspace_id=office.workspace_id,
            integration_id=office.integration_id,
            channel="instagram",
            external_id="999",
        )
        session.add(other)
        session.flush()
        last = office.rows(Delivery)[-1].id
        session.execute(update(Delivery).where(Delivery.id == last).values(account_id=other.id))
    first = office.claim(limit=1)
    with writing(office.engine) as session:
        pace.pause(session, [office.row(SendPace).account_id], clock.now() + timedelta(hours=1))
    assert first != [last]
    assert office.claim(limit=1) == [last]


def test_an_agent_learns_until_when_it_waits(office: Office) -> None:
    call = office.begin(office.claim(limit=1)[0])
    office.finish(call, Throttled(SLOW))
    waiting, *_ = office.rows(Conversation)
    with reading(office.engine) as session:
        until = pace.waits_until(session, session.get_one(Conversation, waiting.id))
    assert until is not None
    assert until > clock.now() + timedelta(seconds=10)
