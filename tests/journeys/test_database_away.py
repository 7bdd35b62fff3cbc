"""PostgreSQL crashes and comes back: Meta notices nothing, and nothing is lost."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.conftest import _migrate
from tests.journeys.house import open_house
from tests.journeys.traffic import Traffic
from tests.services import fragile_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.house import House
    from tests.services import FragilePostgres

pytestmark = [pytest.mark.journey, pytest.mark.postgresql]

SECONDS = 6.0  # of traffic
AWAY_SECONDS = 2.0


@pytest.fixture(scope="module")
def fragile() -> Iterator[FragilePostgres]:
    with fragile_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def fragile_house(
    fragile: FragilePostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    # What was committed survives the crash, as on any server that is not a test's.
    url = f"{fragile.postgres.create('inlet')}&options=-csynchronous_commit%3Don"
    _migrate(tmp_path_factory.mktemp("migrations"), url)
    with open_house(url, "redis-server") as house:
        yield house


def test_a_crash_of_the_database(fragile_house: House, fragile: FragilePostgres) -> None:
    house = fragile_house
    chance = random.Random(1)  # noqa: S311 - reproducible, not secret
    traffic = Traffic(house, chance, people=8, each=8, answers=16, seconds=SECONDS)

    def crash() -> None:
        time.sleep(SECONDS / 3)
        fragile.crash()
        house.wait_ready(503)
        time.sleep(AWAY_SECONDS)
        fragile.start()

    traffic.run(crash)
    house.wait_settled(traffic.met.values())
    traffic.check()
    assert house.processes.has_logged("web", "spool_begun")
    assert told(house) == {200}


def test_the_database_is_stopped_for_some_seconds(
    fragile_house: House, fragile: FragilePostgres
) -> None:
    house = fragile_house
    people = house.phones.add(4)
    threads = {who: house.conversation(house.phones.write(who, "0")) for who in people}
    fragile.crash()
    for text in "12345":
        house.phones.write_all([(who, text) for who in people])
        time.sleep(AWAY_SECONDS / 5)
    house.wait("Meta is rid of all", lambda: not house.phones.webhooks()["pending"])
    assert told(house) == {200}
    fragile.start()
    house.wait_ready()
    house.wait_quiet()
    for thread in threads.values():
        assert house.texts(thread) == list("012345")


def told(house: House) -> set[int]:
    """What Meta was answered."""
    items = house.phones.webhooks()["items"]
    return {code for webhook in items for code in webhook["status_codes"]}


def test_an_answer_of_metas_outlives_the_crash(
    fragile_house: House, fragile: FragilePostgres
) -> None:
    """The answer comes while the database is away; no echo tells it a second time."""
    house = fragile_house
    (ann,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(ann, "Hello"))
    house.phones.switch(echo="never", latency_ms=4000)
    message = house.reply(conversation, "Hi!")
    house.wait_status(message, "sending")
    fragile.crash()
    house.wait("it is on the phone", lambda: house.phones.received(ann))
    time.sleep(AWAY_SECONDS)
    fragile.start()
    house.wait_ready()
    house.wait_status(message, "sent")
