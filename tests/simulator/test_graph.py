"""The Graph API beside its refusals."""

import json

from tests.simulator.conftest import Sim, eventually


def test_a_reply_is_on_the_phone_once(sim: Sim, igsid: str) -> None:
    answer = sim.reply(igsid, "hello 💙")
    assert answer.json is not None
    found = sim.control("GET", "phones/ann/messages")["items"]
    assert [(one["mid"], one["text"]) for one in found] == [(answer.json["message_id"], "hello 💙")]
    assert answer.json["recipient_id"] == igsid
    assert b"\\u" not in answer.data or answer.data.isascii()


def test_ids_have_their_lengths(sim: Sim, igsid: str) -> None:
    answer = sim.reply(igsid)
    assert answer.json is not None
    assert 15 <= len(igsid) <= 20
    assert answer.json["message_id"].startswith("aWdf")
    assert len(answer.json["message_id"]) == 164
    sim.switch(long_mids=True)
    assert len(sim.write()["mid"]) == 312


def test_usage_headers_are_on_every_answer(sim: Sim, igsid: str) -> None:
    for answer in (sim.reply(igsid), sim.reply("1"), sim.graph(token=None, body={})):
        assert "call_count" in json.loads(answer.headers["X-App-Usage"])
    sim.switch(app_usage=100)
    assert json.loads(sim.reply(igsid).headers["X-App-Usage"])["call_count"] == 100


def test_instagram_login_sends_by_its_own_host(sim: Sim) -> None:
    who = sim.write(account="atelier")["igsid"]
    body = {"recipient": {"id": who}, "message": {"text": "hello"}}
    token, host = "IGAAuser", "graph.instagram.com"
    answer = sim.graph("17841400000000002/messages", body, token=token, host=host)
    assert answer.status_code == 200
    me = sim.graph("me?fields=user_id,username", method="GET", token=token, host=host).json
    assert me is not None
    assert me["user_id"] == "17841400000000002"
    assert me["id"] != me["user_id"]


def test_the_page_names_its_instagram_account(sim: Sim) -> None:
    path = "100100100100100?fields=id,name,instagram_business_account"
    found = sim.graph(path, method="GET").json
    assert found == {
        "id": "100100100100100",
        "name": "Harbour Ceramics",
        "instagram_business_account": {"id": "17841400000000001"},
    }


def test_a_profile_needs_that_the_person_wrote(sim: Sim, igsid: str) -> None:
    found = sim.graph(f"{igsid}?fields=name,username,profile_pic", method="GET").json
    assert found is not None
    assert (found["name"], found["username"]) == ("Ann", "ann")
    sim.control("POST", "colleague", {"customer": "bob", "account": "harbour", "text": "hi"})
    bob = sim.control("GET", "world")["customers"][1]["igsids"]["17841400000000001"]
    answer = sim.graph(bob, method="GET")
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]["code"]) == (403, 230)


def test_a_profile_of_another_account_is_not_there(sim: Sim) -> None:
    other = sim.write(account="atelier")["igsid"]
    answer = sim.graph(other, method="GET").json
    assert answer is not None
    assert (answer["error"]["code"], answer["error"]["error_subcode"]) == (100, 33)


def test_debug_token(sim: Sim) -> None:
    path = "debug_token?input_token=EAAGpage&access_token=42|app-secret"
    found = sim.graph(path, method="GET", token=None).json
    assert found is not None
    assert found["data"]["is_valid"] is True
    sim.account(conditions=["token_expired"])
    found = sim.graph(path, method="GET", token=None).json
    assert found is not None
    assert found["data"]["error"]["subcode"] == 463


def test_an_unsubscribed_app_is_told_nothing(sim: Sim) -> None:
    assert sim.graph("me/subscribed_apps", method="DELETE").json == {"success": True}
    assert sim.graph("me/subscribed_apps", method="GET").json == {"data": []}
    sim.write()
    assert sim.control("GET", "webhooks")["items"][0]["state"] == "unsubscribed"
    fields = {"subscribed_fields": "messages,message_echoes"}
    assert sim.graph("me/subscribed_apps", fields).json == {"success": True}
    sim.write()
    eventually(lambda: sim.control("GET", "webhooks")["delivered"] == 1)


def test_a_page_knows_no_messaging_seen(sim: Sim) -> None:
    answer = sim.graph("me/subscribed_apps", {"subscribed_fields": "messages,messaging_seen"})
    assert answer.status_code == 400
    assert "subscribed_fields[1]" in answer.text


def test_unknown_paths(sim: Sim) -> None:
    answer = sim.graph("me/dances", method="GET").json
    assert answer is not None
    assert answer["error"]["code"] == 2500


def test_a_form_with_json_fields_is_understood(sim: Sim, igsid: str) -> None:
    data = {"recipient": json.dumps({"id": igsid}), "message": json.dumps({"text": "by form"})}
    path = "/graph.facebook.com/v23.0/me/messages?access_token=EAAGpage"
    assert sim.client.post(path, data=data).status_code == 200
    assert sim.received() == ["by form"]


def test_debug_token_names_what_was_withheld(sim: Sim) -> None:
    path = "debug_token?input_token=EAAGpage"
    found = sim.graph(path, method="GET").json
    assert found is not None
    assert {"instagram_manage_messages", "pages_manage_metadata"} <= set(found["data"]["scopes"])
    assert found["data"]["expires_at"] == 0
    sim.account(conditions=["permission_missing"], token_expires_at=1_800_000_000)
    found = sim.graph(path, method="GET").json
    assert found is not None
    assert "instagram_manage_messages" not in found["data"]["scopes"]
    assert found["data"]["expires_at"] == 1_800_000_000


def test_braces_ask_for_more_of_the_linked_account(sim: Sim) -> None:
    path = "me?fields=id,name,instagram_business_account{id,username}"
    found = sim.graph(path, method="GET").json
    assert found is not None
    assert found["instagram_business_account"] == {"id": "17841400000000001", "username": "harbour"}


def test_a_persons_token_has_pages_and_no_instagram_account(sim: Sim) -> None:
    sim.control("PUT", "app", {"user_token": "EAAperson"})
    fields = "fields=id,name,instagram_business_account"
    refused = sim.graph(f"me?{fields}", method="GET", token="EAAperson").json
    assert refused is not None
    assert refused["error"]["code"] == 100
    pages = sim.graph(f"me/accounts?{fields}", method="GET", token="EAAperson").json
    assert pages is not None
    [page] = pages["data"]
    assert (page["id"], page["name"]) == ("100100100100100", "Harbour Ceramics")
    assert page["instagram_business_account"] == {"id": "17841400000000001"}


def test_a_page_has_no_pages(sim: Sim) -> None:
    answer = sim.graph("me/accounts", method="GET")
    assert answer.json is not None
    assert "node type (Page)" in answer.json["error"]["message"]
