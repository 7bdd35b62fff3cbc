"""The webhook engine: signing, repeating, and each switch of disorder."""

import base64
import hashlib
import hmac

import pytest

from simulator.config import Settings
from tests.simulator.conftest import SECRET, Inbox, Request, Sim, eventually


def well_signed(request: Request) -> bool:
    digest = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    return request.headers.get("X-Hub-Signature-256") == f"sha256={digest}"


def test_a_message_arrives_signed_compact_and_escaped(sim: Sim, inbox: Inbox) -> None:
    sent = sim.write("grüße 💙")
    eventually(lambda: inbox.requests)
    request = inbox.requests[0]
    assert well_signed(request)
    assert b"gr\\u00fc\\u00dfe \\ud83d\\udc99" in request.body
    assert b'": ' not in request.body
    assert request.headers["User-Agent"] == "facebookexternalua"
    assert request.headers["Content-Type"] == "application/json"
    item = request.items[0]
    assert item["message"]["mid"] == sent["mid"]
    assert item["sender"] == {"id": sent["igsid"]}
    assert item["recipient"] == {"id": request.json["entry"][0]["id"]}
    assert item["timestamp"] == sent["timestamp"] > 10**12


def test_it_is_repeated_until_200(sim: Sim, inbox: Inbox) -> None:
    inbox.status = 503
    sim.write()
    eventually(lambda: len(inbox.requests) >= 3)
    assert sim.control("GET", "webhooks")["pending"] == 1
    inbox.status = 200
    eventually(lambda: sim.control("GET", "webhooks")["pending"] == 0)
    assert len({one.body for one in inbox.requests}) == 1
    codes = sim.control("GET", "webhooks")["items"][0]["status_codes"]
    assert (codes[0], codes[-1]) == (503, 200)


def test_a_restart_keeps_thread_and_retries(settings: Settings, inbox: Inbox) -> None:
    inbox.status = 500
    first = Sim.start(settings)
    first.write("before")
    first.world.close()
    inbox.status = 200
    second = Sim.start(settings)
    eventually(lambda: second.control("GET", "webhooks")["delivered"] == 1)
    found = second.control("GET", "messages?all=1")["items"]
    second.world.close()
    assert [message["text"] for message in found] == ["before"]


def test_two_hundred_messages_arrive_once_each(sim: Sim, inbox: Inbox) -> None:
    wanted = [f"{who} {number}" for number in range(100) for who in ("ann", "bob")]
    for text in wanted:
        sim.write(text, customer=text[:3])
    eventually(lambda: len(inbox.requests) >= 200)
    assert sorted(inbox.texts()) == sorted(wanted)
    ann = [text for text in inbox.texts() if text.startswith("ann")]
    assert ann == [text for text in wanted if text.startswith("ann")]


def test_duplicate(sim: Sim, inbox: Inbox) -> None:
    sim.switch(duplicate=2)
    sim.write()
    eventually(lambda: sim.control("GET", "webhooks")["delivered"] == 3)
    assert len({one.body for one in inbox.requests}) == 1


def test_batch_of_two_entries_with_three_items(sim: Sim, inbox: Inbox) -> None:
    sim.switch(batch=6)
    for number in range(6):
        sim.write(str(number))
    eventually(lambda: inbox.requests)
    assert [len(entry["messaging"]) for entry in inbox.requests[0].json["entry"]] == [3, 3]
    assert inbox.texts() == ["0", "1", "2", "3", "4", "5"]


def test_an_incomplete_batch_waits_for_flush(sim: Sim, inbox: Inbox) -> None:
    sim.switch(batch=6, collect_ms=0)
    sim.write()
    assert sim.control("GET", "webhooks")["held"] == 1
    sim.control("POST", "flush")
    eventually(lambda: inbox.requests)


def test_an_incomplete_batch_leaves_by_itself(sim: Sim, inbox: Inbox) -> None:
    sim.switch(batch=6, collect_ms=30)
    sim.write()
    eventually(lambda: inbox.requests)


def test_reorder(sim: Sim, inbox: Inbox) -> None:
    sim.switch(reorder=True, collect_ms=0)
    for number in range(3):
        sim.write(str(number))
    sim.control("POST", "flush")
    eventually(lambda: len(inbox.requests) == 3)
    assert inbox.texts() == ["2", "1", "0"]


def test_delay(sim: Sim, inbox: Inbox) -> None:
    sim.switch(delay_ms=150)
    sent = sim.write()
    eventually(lambda: inbox.requests)
    assert inbox.requests[0].arrived * 1000 - sent["timestamp"] >= 150


def test_drop(sim: Sim, inbox: Inbox) -> None:
    sim.switch(drop=1)
    sim.write("lost")
    sim.write("kept")
    eventually(lambda: inbox.requests)
    assert inbox.texts() == ["kept"]
    assert [m["text"] for m in sim.control("GET", "messages?all=1")["items"]] == ["lost", "kept"]


@pytest.mark.parametrize(("concurrent", "most"), [(False, 1), (True, 5)])
def test_concurrent(sim: Sim, inbox: Inbox, concurrent: bool, most: int) -> None:
    sim.switch(concurrent=concurrent)
    inbox.gate.clear()
    for number in range(5):
        sim.write(str(number))
    eventually(lambda: inbox.busy == most)
    inbox.gate.set()
    eventually(lambda: sim.control("GET", "webhooks")["delivered"] == 5)
    assert inbox.most_busy == most


def test_wrong_secret_until_it_is_put_right(sim: Sim, inbox: Inbox) -> None:
    sim.switch(wrong_secret=True)
    inbox.status = 403
    sim.write()
    eventually(lambda: inbox.requests)
    assert not well_signed(inbox.requests[0])
    inbox.status = 200
    sim.switch(wrong_secret=False)
    eventually(lambda: sim.control("GET", "webhooks")["delivered"] == 1)
    assert well_signed(inbox.requests[-1])


def test_no_signature(sim: Sim, inbox: Inbox) -> None:
    sim.switch(no_signature=True)
    sim.write()
    eventually(lambda: inbox.requests)
    assert "X-Hub-Signature-256" not in inbox.requests[0].headers


@pytest.mark.parametrize("form", ["changes", "standby"])
def test_format(sim: Sim, inbox: Inbox, form: str) -> None:
    sim.switch(format=form)
    sim.write("framed")
    eventually(lambda: inbox.requests)
    part = inbox.requests[0].json["entry"][0][form][0]
    item = part["value"] if form == "changes" else part
    assert item["message"]["text"] == "framed"


def test_an_account_of_another_app_signs_with_its_own_secret(sim: Sim, inbox: Inbox) -> None:
    sim.account(app_secret="another")
    sim.write()
    eventually(lambda: inbox.requests)
    assert not well_signed(inbox.requests[0])


def test_the_handshake(sim: Sim) -> None:
    assert sim.control("POST", "subscribe")["verified"] is True
    answer = sim.client.post("/control/subscribe", json={"verify_token": "wrong"})
    assert answer.json is not None
    assert (answer.status_code, answer.json["status_code"]) == (502, 403)


def test_the_test_button(sim: Sim, inbox: Inbox) -> None:
    assert sim.control("POST", "test-button")["status_code"] == 200
    entry = inbox.requests[0].json["entry"][0]
    assert entry["id"] == "0"
    assert entry["changes"][0]["value"]["message"]["mid"] == "random_mid"
    assert well_signed(inbox.requests[0])


def test_deliver_raw_bytes(sim: Sim, inbox: Inbox) -> None:
    inbox.status = 418
    raw = base64.b64encode(b"\xff not json").decode()
    found = sim.control("POST", "deliver", {"base64": raw})
    assert found["status_code"] == 418
    assert inbox.requests[0].body == b"\xff not json"
    assert well_signed(inbox.requests[0])


def test_deliver_the_same_ten_times_at_once(sim: Sim, inbox: Inbox) -> None:
    body = {"json": {"object": "instagram"}, "times": 10, "concurrent": True}
    found = sim.control("POST", "deliver", body)
    assert found["status_codes"] == [200] * 10
    assert {one.body for one in inbox.requests} == {b'{"object":"instagram"}'}


def test_deliver_with_a_wrong_signature(sim: Sim, inbox: Inbox) -> None:
    sim.control("POST", "deliver", {"json": [], "signature": "wrong"})
    sim.control("POST", "deliver", {"json": [], "signature": "none"})
    assert not any(well_signed(one) for one in inbox.requests)
