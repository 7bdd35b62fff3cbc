"""The switches as a person uses them: each does what its words say, and is easily undone."""

import pytest

from simulator import panel
from simulator.switches import Switches
from tests.simulator.conftest import Inbox, Sim, eventually

PHONE = "/phone/1/17841400000000001"


def test_stopped_webhooks_wait_and_then_arrive_in_order(sim: Sim, inbox: Inbox) -> None:
    sim.switch(paused=True)
    for text in ("one", "two", "three"):
        sim.write(text)
    assert "the webhooks are stopped" in sim.client.get(PHONE).text
    assert inbox.requests == []
    sim.client.post("/switches/rest", data={"switch": "paused"})
    eventually(lambda: inbox.texts() == ["one", "two", "three"])


@pytest.mark.parametrize("refusal", panel.REFUSALS, ids=lambda one: one.key)
def test_a_refusal_of_the_panel(sim: Sim, igsid: str, refusal: panel.Refusal) -> None:
    form = {"error_preset": refusal.key, "error_times": "1"}
    assert sim.client.post("/switches", data=form).status_code == 303
    answer = sim.reply(igsid)
    assert answer.json is not None
    error = answer.json["error"]
    assert (error["code"], error.get("error_subcode")) == (refusal.code, refusal.subcode)
    assert sim.reply(igsid).status_code == 200


def test_refused_profiles(sim: Sim, igsid: str) -> None:
    sim.switch(profile_refused=True)
    answer = sim.graph(f"{igsid}?fields=name", method="GET")
    assert answer.json is not None
    assert answer.json["error"]["code"] == 230


def test_every_page_says_what_is_on(sim: Sim) -> None:
    sim.switch(duplicate=1, latency_ms=0, echo="never")
    sim.account(conditions=["token_expired"])
    for path in ("/", PHONE, "/switches", "/passed"):
        text = sim.client.get(path).text
        assert "every webhook twice" in text
        assert "never" in text
        assert "The access token has expired" in text


def test_a_good_day_is_not_announced(sim: Sim) -> None:
    assert "Not a normal day" not in sim.client.get("/").text


def test_one_switch_goes_back_alone(sim: Sim) -> None:
    sim.switch(duplicate=1, reorder=True)
    sim.client.post("/switches/rest", data={"switch": "duplicate"})
    assert (sim.world.board.now.duplicate, sim.world.board.now.reorder) == (0, True)


def test_an_unknown_switch_is_refused(sim: Sim) -> None:
    assert sim.client.post("/switches/rest", data={"switch": "gravity"}).status_code == 400


@pytest.mark.parametrize("by", ["page", "api"])
def test_everything_back_to_normal(sim: Sim, inbox: Inbox, by: str) -> None:
    sim.switch(batch=50, collect_ms=0, error={"code": 190})
    sim.write("collected")
    sim.account(conditions=["account_restricted"])
    sim.control("PUT", "clock", {"offset_seconds": 90000})
    if by == "page":
        assert sim.client.post("/switches/rest", data={"back": PHONE}).location == PHONE
    else:
        sim.control("POST", "calm")
    eventually(lambda: inbox.texts() == ["collected"])
    assert panel.active(sim.world) == []


def test_each_control_is_a_switch_and_says_what_to_see() -> None:
    controls = [one for group in panel.GROUPS.values() for one in group]
    assert {one.name for one in controls} <= set(Switches.model_fields)
    assert all(one.plays and one.see for one in controls)
    for one in controls:
        if one.kind == "choice":
            assert str(getattr(Switches(), one.name)) in dict(one.options)


def test_the_panel_as_it_stands_changes_nothing(sim: Sim) -> None:
    rest = {
        one.name: str(getattr(Switches(), one.name))
        for group in panel.GROUPS.values()
        for one in group
        if one.kind != "tick"
    }
    sim.client.post("/switches", data=rest)
    assert panel.active(sim.world) == []


def test_somebody_wrote_hours_ago(sim: Sim, inbox: Inbox) -> None:
    before = sim.world.clock.now_ms()
    answer = sim.client.post("/switches/aged", data={"age": "20.5"})
    assert answer.status_code == 303
    eventually(lambda: inbox.requests)
    age = before - inbox.requests[0].items[0]["timestamp"]
    assert abs(age - 20.5 * 3_600_000) < 60_000
    assert len(sim.control("GET", "world")["customers"]) == 3


def test_an_old_message_leaves_the_window_closed(sim: Sim) -> None:
    igsid = sim.control(
        "POST", "messages", {"customer": "ann", "account": "harbour", "age_hours": 25}
    )["igsid"]
    answer = sim.reply(igsid)
    assert answer.json is not None
    assert answer.json["error"]["error_subcode"] == 2534022


@pytest.mark.parametrize("form", [{"age": "7"}, {"age": "25", "customer": "99"}])
def test_nonsense_about_time_is_refused(sim: Sim, form: dict[str, str]) -> None:
    assert sim.client.post("/switches/aged", data=form).status_code == 400
    assert sim.client.post("/switches/clock", data={"hours": "nan"}).status_code == 400
