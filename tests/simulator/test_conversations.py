"""The Conversations API: threads, their newest messages, and what is refused."""

from typing import Any

from tests.simulator.conftest import Sim

NESTED = "messages.limit(20){id,created_time,from,to,message,attachments,shares,story}"


def read(sim: Sim, path: str, token: str = "EAAGpage", host: str = "facebook") -> Any:
    answer = sim.graph(path, method="GET", token=token, host=f"graph.{host}.com")
    assert answer.status_code == 200, answer.text
    return answer.json


def refused(sim: Sim, path: str) -> tuple[int, int | None]:
    answer = sim.graph(path, method="GET").json
    assert answer is not None
    return answer["error"]["code"], answer["error"].get("error_subcode")


def test_threads_are_listed_the_latest_first(sim: Sim) -> None:
    ann = sim.write("one", at_ms=1_763_632_800_500)["igsid"]
    bob = sim.write("two", "bob", at_ms=1_763_632_801_000)["igsid"]
    path = "me/conversations?platform=instagram&fields=id,updated_time,participants"
    found = read(sim, path)["data"]
    assert [one["participants"]["data"][0]["id"] for one in found] == [bob, ann]
    assert found[1]["updated_time"] == "2025-11-20T10:00:00+0000"
    assert found[1]["participants"]["data"][1]["id"] == "17841400000000001"


def test_threads_come_in_pages(sim: Sim) -> None:
    sim.write("one", at_ms=1_763_632_800_000)
    sim.write("two", "bob", at_ms=1_763_632_801_000)
    first = read(sim, "100100100100100/conversations?platform=instagram&limit=1")
    assert "next" in first["paging"]
    after = first["paging"]["cursors"]["after"]
    second = read(sim, f"me/conversations?platform=instagram&limit=1&after={after}")
    assert "next" not in second["paging"]
    assert first["data"][0]["id"] != second["data"][0]["id"]


def test_the_messages_of_one_person(sim: Sim, igsid: str) -> None:
    sim.write("from bob", "bob")
    sent = sim.reply(igsid, "hello").json
    assert sent is not None
    path = f"me/conversations?platform=instagram&user_id={igsid}&fields={NESTED}"
    (thread,) = read(sim, path)["data"]
    reply, question = thread["messages"]["data"]
    assert (reply["id"], reply["message"]) == (sent["message_id"], "hello")
    assert reply["from"]["id"] == "17841400000000001"
    assert question["from"] == {"username": "ann", "id": igsid}
    assert question["to"]["data"][0]["id"] == "17841400000000001"
    assert "attachments" not in question


def test_instagram_login_reads_at_its_own_host(sim: Sim) -> None:
    sim.write("hi", account="atelier")
    found = read(sim, "me/conversations?platform=instagram", "IGAAuser", "instagram")
    assert len(found["data"]) == 1


def test_a_page_means_messenger_where_no_platform_is_named(sim: Sim, igsid: str) -> None:
    assert igsid
    assert read(sim, "me/conversations") == {"data": []}


def test_a_thread_and_its_messages_by_id(sim: Sim, igsid: str) -> None:
    assert igsid
    thread = read(sim, "me/conversations?platform=instagram")["data"][0]["id"]
    sim.switch(conversations_per_second=0)
    assert read(sim, f"{thread}?fields=messages{{message}}")["messages"]["data"][0]["message"]
    listed = read(sim, f"{thread}/messages?fields=message")["data"]
    assert listed[0]["message"] == "hi"
    assert read(sim, f"{listed[0]['id']}?fields=message")["message"] == "hi"


def test_only_the_newest_twenty_have_details(sim: Sim) -> None:
    sim.switch(conversations_per_second=0)
    mids = [sim.write(f"text {n}")["mid"] for n in range(22)]
    igsid = sim.write("the last")["igsid"]
    path = f"me/conversations?platform=instagram&user_id={igsid}&fields="
    (thread,) = read(sim, f"{path}messages.limit(100){{id,message}}")["data"]
    details = ["message" in one for one in thread["messages"]["data"]]
    assert details == [True] * 20 + [False] * 3
    assert read(sim, mids[3])["id"] == mids[3]
    assert refused(sim, mids[2]) == (100, None)


def test_attachments_have_shapes_of_their_own(sim: Sim) -> None:
    sim.switch(conversations_per_second=0)
    for kind in ("image", "video", "audio", "file"):
        sim.write("", kind="attachment", type=kind, url=f"https://cdn/{kind}")
    sim.write("A bowl", kind="share", url="https://ig/p")
    igsid = sim.write("", kind="story_mention", url="https://cdn/s")["igsid"]
    path = f"me/conversations?platform=instagram&user_id={igsid}&fields={NESTED}"
    found = read(sim, path)["data"][0]["messages"]["data"]
    assert found[0]["story"]["mention"]["link"] == "https://cdn/s"
    assert found[1]["shares"]["data"][0]["link"] == "https://ig/p"
    data = [one["attachments"]["data"][0] for one in found[2:]]
    assert data[0]["file_url"] == "https://cdn/file"
    assert data[1]["mime_type"] == "audio/mp4"
    assert data[2]["video_data"]["url"] == "https://cdn/video"
    assert data[3]["image_data"]["url"] == "https://cdn/image"


def test_what_was_unsent_is_gone(sim: Sim, igsid: str) -> None:
    mid = sim.write("taken back")["mid"]
    sim.write("", kind="unsend", mid=mid)
    path = f"me/conversations?platform=instagram&user_id={igsid}&fields={NESTED}"
    found = read(sim, path)["data"][0]["messages"]["data"]
    assert [one["message"] for one in found] == ["hi"]
    assert refused(sim, mid) == (100, None)


def test_two_calls_a_second(sim: Sim) -> None:
    path = "me/conversations?platform=instagram"
    read(sim, path)
    read(sim, path)
    assert refused(sim, path) == (613, 2534040)


def test_what_is_refused(sim: Sim) -> None:
    sim.switch(conversations_per_second=0)
    other = sim.write("x", account="atelier")["mid"]
    assert refused(sim, other) == (100, 33)
    assert refused(sim, "17841400000000002/conversations?platform=instagram") == (100, 33)
    assert refused(sim, "me/conversations?platform=instagram&fields=colour") == (100, None)
    assert refused(sim, "me/conversations?fields=messages.limit(x)") == (100, None)
    for condition, code in (("permission_missing", 10), ("token_expired", 190)):
        sim.account(conditions=[condition])
        assert refused(sim, "me/conversations?platform=instagram")[0] == code
