"""A busy day: many write, within bounds, and it can be stopped."""

from collections import Counter

import pytest

from simulator import phrases
from simulator.lively import username_of
from tests.simulator.conftest import Inbox, Sim, eventually

FAST = {"customers": 5, "per_second": 10, "minutes": 1, "account": "harbour"}


def test_customers_write_until_it_is_stopped(sim: Sim, inbox: Inbox) -> None:
    assert sim.control("POST", "lively", FAST)["running"]
    eventually(lambda: len(inbox.requests) >= 5)
    state = sim.control("DELETE", "lively")
    assert not state["running"]
    assert state["written"] >= 5
    written = sim.control("GET", "messages?all=1")["count"]
    assert sim.control("GET", "messages?all=1")["count"] == written
    assert len(sim.control("GET", "world")["customers"]) == 2 + 5


def test_it_ends_by_itself(sim: Sim) -> None:
    sim.control("POST", "lively", {**FAST, "minutes": 0.005})
    eventually(lambda: not sim.control("GET", "lively")["running"])


def test_the_same_seed_chooses_the_same_people(sim: Sim) -> None:
    def writers() -> list[int]:
        sim.control("POST", "lively", FAST)
        eventually(lambda: sim.control("GET", "lively")["written"] >= 4)
        sim.control("DELETE", "lively")
        items = sim.control("GET", "messages?all=1")["items"][:4]
        sim.control("POST", "reset", {"keep_world": True})
        return [item["customer_id"] for item in items]

    assert writers() == writers()


@pytest.mark.parametrize(
    "asked", [{"customers": 1000}, {"per_second": 1000}, {"minutes": 100000}, {"customers": 0}]
)
def test_it_is_bounded(sim: Sim, asked: dict[str, float]) -> None:
    assert sim.client.post("/control/lively", json=asked).status_code == 400
    assert sim.client.post("/lively", data=asked).status_code == 422
    assert not sim.control("GET", "lively")["running"]


def test_the_page_begins_and_stops_it(sim: Sim) -> None:
    form = {"customers": "3", "per_second": "10", "minutes": "1", "seed": "4"}
    assert sim.client.post("/lively", data=form).status_code == 303
    assert "3 customers are writing" in sim.client.get("/").text
    sim.client.post("/lively", data={"stop": "1"})
    assert "are writing" not in sim.client.get("/").text


def test_a_reset_ends_it(sim: Sim) -> None:
    sim.control("POST", "lively", FAST)
    sim.control("POST", "reset")
    assert not sim.control("GET", "lively")["running"]


def test_people_have_names_of_their_own_and_something_to_say() -> None:
    names = Counter(username_of(name) for name, _ in phrases.NAMES)
    assert max(names.values()) == 1
    assert {language for _, language in phrases.NAMES} <= phrases.PHRASES.keys()
    assert phrases.PHRASES.keys() == phrases.THANKS.keys() == phrases.LANGUAGES.keys()
    everything = [text for texts in phrases.PHRASES.values() for text in texts]
    assert all(len(text.encode()) <= 1000 for text in everything)
