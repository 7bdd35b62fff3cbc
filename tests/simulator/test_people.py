"""What customers can do, and the pages they do it on."""

from typing import Any

import pytest

from tests.simulator.conftest import Inbox, Sim, eventually


def last_item(sim: Sim, inbox: Inbox, **action: object) -> dict[str, Any]:
    seen = len(inbox.requests)
    sim.write(**action)  # type: ignore[arg-type]
    eventually(lambda: len(inbox.requests) > seen)
    return inbox.requests[-1].items[0]


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("attachment", ("message", "attachments", 0, "type"), "image"),
        ("story_mention", ("message", "attachments", 0, "type"), "story_mention"),
        ("share", ("message", "attachments", 0, "type"), "ig_post"),
        ("like", ("message", "attachments", 0, "type"), "like_heart"),
        ("ephemeral", ("message", "attachments", 0, "type"), "ephemeral"),
        ("unsupported", ("message", "is_unsupported"), True),
        ("quick_reply", ("message", "quick_reply", "payload"), "HOURS"),
        ("ice_breaker", ("postback", "title"), "Opening hours?"),
        ("postback", ("postback", "payload"), "HOURS"),
        ("ad", ("message", "referral", "source"), "ADS"),
        ("referral", ("referral", "type"), "OPEN_THREAD"),
    ],
)
def test_kinds_of_item(
    sim: Sim, inbox: Inbox, kind: str, path: tuple[str | int, ...], value: object
) -> None:
    found: Any = last_item(sim, inbox, kind=kind)
    for step in path:
        found = found[step]
    assert found == value


@pytest.mark.parametrize(
    ("kind", "part", "about"),
    [
        ("reaction", "reaction", "reply"),
        ("unreact", "reaction", "reply"),
        ("seen", "read", "reply"),
        ("unsend", "message", "own"),
        ("edit", "message_edit", "own"),
    ],
)
def test_kinds_about_an_earlier_message(
    sim: Sim, inbox: Inbox, kind: str, part: str, about: str
) -> None:
    own = sim.write()
    sim.switch(echo="never")
    reply = sim.reply(own["igsid"]).json
    eventually(lambda: inbox.requests)
    mids = {"own": own["mid"], "reply": reply["message_id"] if reply else None}
    assert last_item(sim, inbox, kind=kind)[part]["mid"] == mids[about]


def test_about_nothing_is_refused(sim: Sim) -> None:
    body = {"customer": "ann", "account": "harbour", "kind": "reaction"}
    assert sim.client.post("/control/messages", json=body).status_code == 409


def test_any_raw_item(sim: Sim, inbox: Inbox) -> None:
    assert last_item(sim, inbox, kind="raw", raw={"novelty": {"a": 1}})["novelty"] == {"a": 1}


def test_lone_surrogates_and_nul_travel(sim: Sim, inbox: Inbox) -> None:
    raw = {"message": {"mid": "m", "text": "\ud83d\x00"}}
    assert last_item(sim, inbox, kind="raw", raw=raw)["message"]["text"] == "\ud83d\x00"
    assert sim.client.get("/phone/1/17841400000000001").status_code == 200


def test_a_customer_has_another_id_at_each_account(sim: Sim) -> None:
    assert sim.write()["igsid"] != sim.write(account="atelier")["igsid"]


def test_unsend_empties_the_bubble(sim: Sim) -> None:
    sim.write("regretted")
    sim.write(kind="unsend")
    assert "regretted" not in sim.client.get("/phone/1/17841400000000001").text


def test_writing_on_the_phone_page_by_plain_form(sim: Sim, inbox: Inbox) -> None:
    page = "/phone/1/17841400000000001"
    answer = sim.client.post(f"{page}/send", data={"text": "by form"})
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    eventually(lambda: inbox.texts() == ["by form"])
    eventually(lambda: "the inbox has it" in sim.client.get(page).text)


def test_a_reply_shows_on_the_page_and_an_unchanged_page_is_304(sim: Sim, igsid: str) -> None:
    page = "/phone/1/17841400000000001"
    sim.switch(echo="never")
    eventually(lambda: sim.control("GET", "webhooks")["delivered"] == 1)
    tag = sim.client.get(page).headers["ETag"]
    assert sim.client.get(page, headers={"If-None-Match": tag}).status_code == 304
    sim.reply(igsid, "<b>answer</b>")
    fresh = sim.client.get(page, headers={"If-None-Match": tag})
    assert "&lt;b&gt;answer&lt;/b&gt;" in fresh.text


@pytest.mark.parametrize("path", ["/", "/phone/1/17841400000000001", "/switches"])
def test_pages_need_no_inline_code(sim: Sim, path: str) -> None:
    answer = sim.client.get(path)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "<style" not in answer.text
    assert "style=" not in answer.text
    assert "onclick" not in answer.text


def test_the_panel_sets_and_rests(sim: Sim) -> None:
    form = {"duplicate": "2", "reorder": "on", "echo": "twice", "error_code": "190"}
    assert sim.client.post("/switches", data=form).status_code == 303
    now = sim.world.board.now
    assert (now.duplicate, now.reorder, now.echo) == (2, True, "twice")
    assert now.error is not None
    assert now.error.code == 190
    sim.client.post("/switches/rest")
    assert sim.world.board.now.duplicate == 0


def test_the_panel_says_what_is_wrong(sim: Sim) -> None:
    answer = sim.client.post("/switches", data={"batch": "5000"})
    assert answer.status_code == 422
    assert "batch" in answer.text


def test_other_sites_may_not_press_buttons(sim: Sim) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert sim.client.post("/control/reset", headers=headers).status_code == 403


def test_reset_forgets_the_traffic(sim: Sim) -> None:
    sim.write()
    sim.switch(duplicate=1)
    sim.control("POST", "reset")
    assert sim.control("GET", "messages?all=1")["count"] == 0
    assert sim.control("GET", "switches")["duplicate"] == 0
    assert len(sim.control("GET", "world")["accounts"]) == 2


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.1.2.3", 403)]
)
def test_only_this_machine_may_steer_the_world(sim: Sim, address: str, status: int) -> None:
    answer = sim.client.get("/control/world", environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == status
