"""The phone's pages by plain forms: customers, the menu, and what an open chat means."""

import pytest

from simulator.deeds import DEEDS, MENU
from simulator.pictures import photo, portrait
from simulator.sounds import wav
from tests.simulator.conftest import Inbox, Sim, eventually

PHONE = "/phone/1/17841400000000001"
MENU_KEYS = [deed.key for deeds in MENU.values() for deed in deeds]


def test_the_first_page_says_who_you_are_and_where_it_arrives(sim: Sim, inbox: Inbox) -> None:
    text = sim.client.get("/").text
    assert "You are the customer." in text
    assert f'href="{inbox.url.removesuffix("hook")}"' in text
    assert "password" not in text.lower()


@pytest.mark.parametrize("key", MENU_KEYS)
def test_each_entry_of_the_menu_reaches_the_inbox(sim: Sim, inbox: Inbox, key: str) -> None:
    answer = sim.client.post(f"{PHONE}/do", data={"what": key})
    assert answer.status_code == 303
    eventually(lambda: inbox.requests)
    page = sim.client.get(answer.headers["Location"]).text
    assert f"{DEEDS[key].said} {DEEDS[key].note}".strip() in page.replace("&#34;", '"')


def test_files_that_are_sent_can_be_fetched(sim: Sim, inbox: Inbox) -> None:
    sim.client.post(f"{PHONE}/do", data={"what": "photo"})
    sim.client.post(f"{PHONE}/do", data={"what": "voice"})
    eventually(lambda: len(inbox.requests) == 2)
    files = [one.items[0]["message"]["attachments"][0]["payload"]["url"] for one in inbox.requests]
    kinds = {sim.client.get(url).content_type for url in files}
    assert kinds == {"image/png", "audio/wav"}
    page = sim.client.get(PHONE).text
    assert "<audio" in page
    assert "A photo of a vase" in page


def test_portraits_differ_and_repeat() -> None:
    assert portrait("ann") == portrait("ann") != portrait("bob")
    assert portrait("ann").startswith(b"\x89PNG")
    assert photo("a") != photo("b")
    assert wav("a")[:4] == b"RIFF"


def test_a_profile_has_followers_and_a_picture(sim: Sim, igsid: str) -> None:
    answer = sim.graph(f"{igsid}?fields=name,profile_pic,follower_count", method="GET").json
    assert answer is not None
    assert answer["follower_count"] > 0
    assert sim.client.get(answer["profile_pic"]).content_type == "image/png"


def test_a_new_customer_gets_a_phone(sim: Sim) -> None:
    form = {"name": "ليلى منصور", "username": "@leila_99", "language": "ar"}
    answer = sim.client.post("/customers", data=form, follow_redirects=True)
    assert "@leila_99" in answer.text
    assert "شكرا" in answer.text


def test_a_username_is_made_from_the_name(sim: Sim) -> None:
    answer = sim.client.post("/customers", data={"name": "Zoë Müller"}, follow_redirects=True)
    assert "@zoe.muller" in answer.text


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({}, "Give the customer a name"),
        ({"name": "x" * 81}, "at most 80"),
        ({"username": "Not Allowed"}, "small letters"),
        ({"username": "ann"}, "already"),
    ],
)
def test_a_customer_that_cannot_be(sim: Sim, form: dict[str, str], problem: str) -> None:
    answer = sim.client.post("/customers", data=form)
    assert answer.status_code == 422
    assert problem in answer.text


def test_a_new_answer_is_marked_until_somebody_looks(sim: Sim, inbox: Inbox, igsid: str) -> None:
    sim.switch(echo="never")
    sim.reply(igsid, "news")
    assert "new answer" in sim.client.get("/").text
    assert sim.client.post(f"{PHONE}/look").status_code == 204
    assert "new answer" not in sim.client.get("/").text
    eventually(lambda: any("read" in one.items[0] for one in inbox.requests))
    assert "seen" in sim.client.get(PHONE).text


def test_looking_twice_is_told_once(sim: Sim, inbox: Inbox, igsid: str) -> None:
    sim.switch(echo="never")
    sim.reply(igsid, "news")
    sim.client.post(f"{PHONE}/look")
    sim.client.post(f"{PHONE}/look")
    eventually(lambda: sim.control("GET", "webhooks")["pending"] == 0)
    assert sum("read" in one.items[0] for one in inbox.requests) == 1


def test_a_reaction_of_ones_choice_and_back(sim: Sim, inbox: Inbox, igsid: str) -> None:
    sim.reply(igsid, "nice?")
    sim.client.post(f"{PHONE}/do", data={"what": "reaction", "emoji": "😂"})
    assert '<span class="react">😂</span>' in sim.client.get(PHONE).text
    sim.client.post(f"{PHONE}/do", data={"what": "unreact"})
    assert '<span class="react">' not in sim.client.get(PHONE).text
    eventually(lambda: sim.control("GET", "webhooks")["pending"] == 0)
    items = [item["reaction"] for one in inbox.requests for item in one.items if "reaction" in item]
    assert [item.get("reaction") for item in items] == ["laugh", None]


def test_an_edit_by_form(sim: Sim) -> None:
    mid = sim.write("tpyo")["mid"]
    sim.client.post(f"{PHONE}/do", data={"what": "edit", "mid": mid, "text": "typo"})
    page = sim.client.get(PHONE).text
    assert "tpyo" not in page
    assert "· edited" in page


def test_about_nothing_is_a_conflict_with_a_reason(sim: Sim) -> None:
    answer = sim.client.post(f"{PHONE}/do", data={"what": "reaction"})
    assert answer.status_code == 409
    assert "no message yet" in answer.text


def test_the_owner_answers_past_the_inbox(sim: Sim, inbox: Inbox) -> None:
    sim.client.post(f"{PHONE}/colleague")
    eventually(lambda: inbox.requests)
    assert inbox.requests[0].items[0]["message"]["is_echo"] is True
