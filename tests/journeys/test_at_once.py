"""The same thing many times at once, by real processes: one effect, on both databases."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests
from sqlalchemy import select

from app.channels import signature
from app.models import Delivery, DeliveryAttempt, ExternalEventLog, Integration
from app.models.database import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.house import House

pytestmark = pytest.mark.journey

MANY = 10


@pytest.fixture
def house_of_two(house: House) -> Iterator[House]:
    """The installation with a second worker and a second sweep."""
    house.processes.start("worker 2", "sweep 2")
    yield house
    for name in ("worker 2", "sweep 2"):
        house.processes.stop(name)


def test_ten_posts_of_one_body_are_one_message(house: House) -> None:
    (ann,) = house.phones.add(1)
    person = house.phones.write(ann, "Hello")
    conversation = house.conversation(person)
    house.wait_quiet()
    body, headers = signed_message(house, person, "Only once")

    def post(_: int) -> int:
        address = f"{house.address}/api/webhooks/instagram"
        with requests.Session() as session:
            session.trust_env = False
            return session.post(address, body, headers=headers, timeout=120).status_code

    with ThreadPoolExecutor(MANY) as threads:
        assert list(threads.map(post, range(MANY))) == [200] * MANY
    house.wait_quiet()
    assert house.texts(conversation) == ["Hello", "Only once"]
    with reading(house.engine) as session:
        stored = session.scalars(select(ExternalEventLog).where(ExternalEventLog.body == body))
        assert [one.received_count for one in stored] == [MANY]


def test_ten_sends_of_one_client_id_are_one_message(house: House) -> None:
    (bob,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(bob, "Hello"))
    with ThreadPoolExecutor(MANY) as threads:
        given = [(conversation, "Only once", f"at-once-{bob}")] * MANY
        ids = set(threads.map(lambda one: house.reply(*one), given))
    (message_id,) = ids
    house.wait_status(message_id, "sent")
    house.wait_quiet()
    assert house.phones.received(bob) == ["Only once"]
    with reading(house.engine) as session:
        tries = select(DeliveryAttempt.outcome).join(
            Delivery, DeliveryAttempt.delivery_id == Delivery.id
        )
        assert session.scalars(tries.where(Delivery.message_id == message_id)).all() == ["sent"]


def test_two_workers_and_two_sweeps_send_each_answer_once_and_in_order(
    house_of_two: House,
) -> None:
    house = house_of_two
    people = house.phones.add(10)
    met = {who: house.conversation(house.phones.write(who, "Hello")) for who in people}
    said = [f"answer {number}" for number in range(5)]
    for text in said:
        for who in people:
            house.reply(met[who], text)
    house.wait_settled(met.values())
    assert {who: house.phones.received(who) for who in people} == dict.fromkeys(people, said)


def test_two_workers_find_one_answer_at_the_same_moment(house_of_two: House) -> None:
    house = house_of_two
    (eve,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(eve, "Hello"))
    for number in range(5):
        message_id = house.reply(conversation, f"answer {number}")
        house.wait_status(message_id, "sent")
    assert house.phones.received(eve) == [f"answer {number}" for number in range(5)]


def test_what_two_drains_find_at_once_is_applied_once(house_of_two: House) -> None:
    house = house_of_two
    people = house.phones.add(10)
    met = {who: house.conversation(house.phones.write(who, "Hello")) for who in people}
    for name in ("worker", "worker 2", "sweep", "sweep 2"):
        house.processes.stop(name)
    said = [f"line {number}" for number in range(10)]
    house.phones.write_all([(who, text) for text in said for who in people])
    house.wait("all are delivered", lambda: not house.phones.webhooks()["pending"])
    house.processes.start("worker", "worker 2", "sweep", "sweep 2")
    house.wait_quiet()
    assert [house.texts(one) for one in met.values()] == [["Hello", *said]] * len(people)


def signed_message(house: House, person: str, text: str) -> tuple[bytes, dict[str, str]]:
    """Return a webhook body of the demo's account as Meta signs it, and its headers."""
    with reading(house.engine) as session:
        stored = session.scalars(select(ExternalEventLog).limit(1)).one()
        secret = house.vault.decrypt(session.scalars(select(Integration.api_secret)).one() or "")
    account = json.loads(stored.body)["entry"][0]["id"]
    now = int(time.time() * 1000)
    said = {"mid": f"at-once-{person}", "text": text}
    item = {"sender": {"id": person}, "recipient": {"id": account}, "timestamp": now}
    entry = {"id": account, "time": now, "messaging": [{**item, "message": said}]}
    body = json.dumps({"object": "instagram", "entry": [entry]}).encode()
    return body, {"X-Hub-Signature-256": signature.sign(body, secret)}
