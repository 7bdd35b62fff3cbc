"""Echoes, and the ways in which the Send API may fail to tell the truth."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator.switches import MOST_HANGING
from tests.simulator.conftest import Inbox, Sim, eventually


def echoes(inbox: Inbox) -> list[dict[str, object]]:
    items = [item for one in inbox.requests for item in one.items]
    return [item for item in items if item.get("message", {}).get("is_echo")]


def test_a_late_echo_turns_the_roles_round(sim: Sim, inbox: Inbox, igsid: str) -> None:
    sim.switch(echo_delay_ms=0)
    answer = sim.reply(igsid, "hello").json
    assert answer is not None
    eventually(lambda: echoes(inbox))
    echo = echoes(inbox)[0]
    assert echo["recipient"] == {"id": igsid}
    assert echo["sender"] == {"id": "17841400000000001"}
    assert echo["message"]["mid"] == answer["message_id"]  # type: ignore[index]


def test_an_early_echo_is_there_before_the_answer(sim: Sim, inbox: Inbox, igsid: str) -> None:
    sim.switch(echo="early")
    sim.reply(igsid)
    assert len(echoes(inbox)) == 1


def test_two_echoes(sim: Sim, inbox: Inbox, igsid: str) -> None:
    sim.switch(echo="twice", echo_delay_ms=0)
    sim.reply(igsid)
    eventually(lambda: len(echoes(inbox)) == 2)


def test_no_echo(sim: Sim, inbox: Inbox, igsid: str) -> None:
    sim.switch(echo="never")
    sim.reply(igsid)
    sim.write("afterwards")
    eventually(lambda: "afterwards" in inbox.texts())
    eventually(lambda: sim.control("GET", "webhooks")["pending"] == 0)
    assert echoes(inbox) == []


def test_a_colleague_writes_in_the_phone_app(sim: Sim, inbox: Inbox) -> None:
    body = {"customer": "ann", "account": "harbour", "text": "from my phone"}
    sent = sim.control("POST", "colleague", body)
    eventually(lambda: echoes(inbox))
    assert echoes(inbox)[0]["message"]["mid"] == sent["mid"]  # type: ignore[index]
    assert sim.received() == ["from my phone"]


def test_an_error_so_many_times(sim: Sim, igsid: str) -> None:
    sim.switch(error={"code": 613, "subcode": 1996, "http_status": 429, "times": 1})
    answer = sim.reply(igsid)
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]["error_subcode"]) == (429, 1996)
    assert sim.received() == []
    assert sim.reply(igsid).status_code == 200


def test_an_error_until_it_is_taken_away(sim: Sim, igsid: str) -> None:
    sim.switch(error={"code": 2})
    assert [sim.reply(igsid).status_code for _ in range(3)] == [400] * 3
    sim.switch(error=None)
    assert sim.reply(igsid).status_code == 200


@pytest.mark.parametrize(
    ("switch", "status", "on_the_phone"),
    [
        ("html_500", 500, 0),
        ("ok_with_error", 200, 0),
        ("error_1357046", 500, 1),
        ("timeout_before_accept", 504, 0),
        ("timeout_after_accept", 200, 1),
    ],
)
def test_answers_that_do_not_tell(
    sim: Sim, igsid: str, switch: str, status: int, on_the_phone: int
) -> None:
    sim.switch(**{switch: 1, "hang_seconds": 0.02})
    answer = sim.reply(igsid)
    assert answer.status_code == status
    assert len(sim.received()) == on_the_phone
    assert sim.reply(igsid).status_code == 200


def test_hanging_calls_leave_threads_for_others(sim: Sim, igsid: str) -> None:
    sim.switch(timeout_after_accept=MOST_HANGING + 1, hang_seconds=60)
    with ThreadPoolExecutor(MOST_HANGING) as pool:
        hanging = [pool.submit(sim.reply, igsid) for _ in range(MOST_HANGING)]
        eventually(lambda: len(sim.received()) == MOST_HANGING)
        assert sim.reply(igsid).status_code == 504
        sim.switch(hang_seconds=0)
        assert [one.result().status_code for one in hanging] == [200] * MOST_HANGING
    assert len(sim.received()) == MOST_HANGING + 1


def test_an_ok_with_an_error_inside(sim: Sim, igsid: str) -> None:
    sim.switch(ok_with_error=1)
    answer = sim.reply(igsid).json
    assert answer is not None
    assert "error" in answer
    assert "message_id" not in answer


def test_a_misspelt_switch_is_an_error(sim: Sim) -> None:
    answer = sim.client.put("/control/switches", json={"duplicates": 2})
    assert answer.status_code == 400
    assert "duplicates" in answer.text
