"""Webhooks that Meta never delivered: the sweep fetches what was in them, once and in order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from app import clock
from app.inbox import repair
from app.models import ChannelAccount, ExternalEvent, Message
from app.models.database import reading, writing
from tests.journeys.conftest import ON_BOTH, new_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.house import House

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module", params=ON_BOTH)
def lasting_house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """An installation of its own: a repair reads every conversation that changed lately."""
    with new_house(request, tmp_path_factory.mktemp("missed")) as house:
        yield house


def look_for_gaps(house: House) -> None:
    with writing(house.engine) as session:
        assert repair.ask_by_hand(session, account(house).workspace_id) == 1


def account(house: House) -> ChannelAccount:
    with reading(house.engine) as session:
        return session.scalars(select(ChannelAccount)).one()


def recovered(house: House, conversation_id: int) -> list[str | None]:
    query = select(Message).where(Message.conversation_id == conversation_id)
    with reading(house.engine) as session:
        found = session.scalars(query.order_by(Message.position_at, Message.id))
        return [one.text for one in found if one.details.get("recovered")]


def test_dropped_webhooks_are_filled_in_where_they_belong(house: House) -> None:
    [customer] = house.phones.add(1)
    conversation = house.conversation(house.phones.write(customer, "0"))
    house.phones.switch(drop=3)
    for number in range(1, 4):
        house.phones.write(customer, str(number))
    house.phones.write(customer, "4")
    house.wait_quiet()
    assert house.texts(conversation) == ["0", "4"]
    look_for_gaps(house)
    house.wait("the gap is filled", lambda: house.texts(conversation) == list("01234"))
    assert recovered(house, conversation) == ["1", "2", "3"]


def test_webhooks_that_come_after_all_change_nothing(house: House) -> None:
    [customer] = house.phones.add(1)
    conversation = house.conversation(house.phones.write(customer, "0"))
    house.phones.switch(paused=True)
    house.phones.write(customer, "1")
    house.phones.colleague_writes(customer, "2")
    look_for_gaps(house)
    house.wait("the gap is filled", lambda: house.texts(conversation) == list("012"))
    house.phones.switch(paused=False)
    house.wait_quiet()
    assert house.texts(conversation) == list("012")
    assert recovered(house, conversation) == ["1", "2"]


def test_a_repair_that_is_killed_goes_on(house: House) -> None:
    customers = house.phones.add(8)
    threads = [house.conversation(house.phones.write(one, "0")) for one in customers]
    house.wait_quiet()
    house.phones.switch(drop=len(customers), latency_ms=500)
    for one in customers:
        house.phones.write(one, "1")
    look_for_gaps(house)
    house.wait("some are filled", lambda: any(house.texts(one) == ["0", "1"] for one in threads))
    house.processes.kill("sweep")
    assert not all(house.texts(one) == ["0", "1"] for one in threads)
    house.processes.start("sweep")
    house.wait("all are filled", lambda: all(house.texts(one) == ["0", "1"] for one in threads))


def test_an_account_that_meta_unsubscribed_is_subscribed_again(house: House) -> None:
    [customer] = house.phones.add(1)
    conversation = house.conversation(house.phones.write(customer, "0"))
    house.wait_quiet()
    house.wait("the first check", lambda: account(house).subscription_checked_at)
    house.phones.account(subscribed_fields=[])
    house.phones.write(customer, "1")
    long_ago = clock.now() - timedelta(hours=30)
    with writing(house.engine) as session:
        one = session.get_one(ChannelAccount, account(house).id)
        one.subscription_checked_at = long_ago
    house.wait("it is subscribed", lambda: account(house).resubscribed_at)
    house.phones.write(customer, "2")
    house.wait_quiet()
    assert account(house).repair_from == long_ago
    look_for_gaps(house)  # now, not after the minute that Meta is given
    house.wait("the gap is filled", lambda: house.texts(conversation) == list("012"))
    assert recovered(house, conversation) == ["1"]


def test_every_item_of_a_repair_has_its_outcome(house: House) -> None:
    [customer] = house.phones.add(1)
    house.conversation(house.phones.write(customer, "0"))
    house.phones.switch(drop=1)
    house.phones.write(customer, "1")
    look_for_gaps(house)
    house.wait("the repair is over", lambda: account(house).repair_due_at is None)
    house.wait_quiet()
    with reading(house.engine) as session:
        outcomes = set(session.scalars(select(ExternalEvent.outcome)))
    assert outcomes <= {"applied", "duplicate", "ignored"}
