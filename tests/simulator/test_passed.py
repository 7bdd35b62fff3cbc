"""The log of what passed between Meta and the inbox."""

import requests

from simulator.journal import KEPT, KEPT_CHARACTERS, Journal, pretty
from tests.simulator.conftest import Inbox, Sim, eventually


def test_a_webhook_shows_its_kind_and_the_answer(sim: Sim, inbox: Inbox) -> None:
    inbox.status = 503
    sim.write("seen in the log", kind="story_mention")
    eventually(lambda: "503 in" in sim.client.get("/passed").text)
    assert "message story_mention" in sim.client.get("/passed").text


def test_a_call_shows_its_answer_and_no_token(sim: Sim, igsid: str) -> None:
    sim.graph("me?access_token=EAAGpage", method="GET", token=None)
    sim.switch(error={"code": 613, "subcode": 2534040})
    sim.reply(igsid, "<i>words</i>")
    text = sim.client.get("/passed").text
    assert "POST graph.facebook.com/v23.0/me/messages" in text
    assert "error 613/2534040" in text
    assert "&lt;i&gt;words" in text
    assert "EAAGpage" not in text
    newest = sim.control("GET", "graph-calls?limit=1")["items"]
    assert [(one["code"], one["status"]) for one in newest] == [(613, 400)]


def test_it_remembers_only_so_much() -> None:
    journal = Journal()
    for number in range(KEPT + 50):
        asked = ("POST", f"p{number}", {"text": "x" * 100_000})
        journal.write(0.0, 1, asked, (200, "y" * 100_000))
    calls = journal.latest(10_000)
    assert len(calls) == KEPT
    assert calls[0].path == f"p{KEPT + 49}"
    assert all(len(one.asked) + len(one.answered) <= 2 * KEPT_CHARACTERS + 8 for one in calls)


def test_whatever_is_answered_can_be_shown() -> None:
    for body in ("<html>", "", "[" * 100_000, '"\\ud83d"', "null", "[1]", '{"error": 1}'):
        journal = Journal()
        journal.write(0.0, 1, ("GET", "me", {}), (200, body))
        assert journal.latest(1)[0].answered.encode() == pretty(body).encode()


def test_an_unchanged_log_is_a_304(sim: Sim, inbox: Inbox) -> None:
    sim.write()
    eventually(lambda: sim.control("GET", "webhooks")["delivered"] == 1)
    tag = sim.client.get("/passed").headers["ETag"]
    same = sim.client.get("/passed", headers={"If-None-Match": tag})
    assert same.status_code == requests.codes.not_modified
    sim.graph("me", method="GET")
    assert sim.client.get("/passed", headers={"If-None-Match": tag}).status_code == 200
