"""Each refusal of the Send API, and that they come in Meta's order."""

import hashlib
import hmac

import pytest

from tests.simulator.conftest import SECRET, Sim


def refusal(answer: object) -> tuple[int, int | None]:
    error = answer.json["error"]  # type: ignore[attr-defined]
    return error["code"], error.get("error_subcode")


def proof(secret: str) -> str:
    return hmac.new(secret.encode(), b"EAAGpage", hashlib.sha256).hexdigest()


def test_without_a_token(sim: Sim, igsid: str) -> None:
    answer = sim.graph(body={"recipient": {"id": igsid}}, token=None)
    assert (answer.status_code, refusal(answer)) == (400, (104, None))


def test_with_an_unknown_token(sim: Sim) -> None:
    answer = sim.graph(body={}, token="EAAGother")
    assert (answer.status_code, refusal(answer)) == (401, (190, None))


def test_with_a_page_token_at_the_other_host(sim: Sim) -> None:
    assert refusal(sim.graph(body={}, host="graph.instagram.com")) == (190, None)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("token_expired", (190, 463)),
        ("password_changed", (190, 460)),
        ("token_revoked", (190, 467)),
        ("permission_missing", (10, None)),
        ("page_access_missing", (200, None)),
        ("capability_missing", (3, None)),
        ("account_restricted", (10, 1893063)),
        ("standard_access", (200, 2018028)),
        ("message_access_off", (200, 2534041)),
    ],
)
def test_with_something_wrong_with_the_account(
    sim: Sim, igsid: str, condition: str, expected: tuple[int, int | None]
) -> None:
    sim.account(conditions=[condition])
    assert refusal(sim.reply(igsid)) == expected
    assert sim.received() == []


def test_standard_access_reaches_a_tester(sim: Sim, igsid: str) -> None:
    sim.account(conditions=["standard_access"])
    sim.control("POST", "customers", {"username": "ann", "has_role": True})
    assert sim.reply(igsid).status_code == 200


def test_a_missing_proof_where_one_is_required(sim: Sim, igsid: str) -> None:
    sim.control("PUT", "app", {"require_proof": True})
    answer = sim.reply(igsid)
    assert refusal(answer) == (100, None)
    assert "require an appsecret_proof" in answer.text


def test_a_wrong_proof_even_where_none_is_required(sim: Sim, igsid: str) -> None:
    answer = sim.reply(igsid, appsecret_proof=proof("other"))
    assert refusal(answer) == (100, None)
    assert "Invalid appsecret_proof" in answer.text


def test_a_good_proof(sim: Sim, igsid: str) -> None:
    sim.control("PUT", "app", {"require_proof": True})
    assert sim.reply(igsid, appsecret_proof=proof(SECRET)).status_code == 200


def test_as_somebody_else(sim: Sim, igsid: str) -> None:
    body = {"recipient": {"id": igsid}, "message": {"text": "x"}}
    assert refusal(sim.graph("17841400000000002/messages", body)) == (100, 33)
    assert sim.graph("100100100100100/messages", body).status_code == 200


def test_too_fast(sim: Sim, igsid: str) -> None:
    sim.world.rate.now = lambda: 0.0
    sim.switch(rate_per_second=1)
    assert sim.reply(igsid).status_code == 200
    assert refusal(sim.reply(igsid)) == (613, 2534040)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"message": {"text": "x"}, "sender_action": "typing_on"}, (100, 2018014)),
        ({"sender_action": "dance"}, (100, None)),
        ({"message": {"text": ""}}, (100, 2534015)),
        ({"message": {"text": "   "}}, (100, 2534015)),
        ({"message": {"text": "ж" * 501}}, (100, 2534015)),
        ({"message": {"text": 5}}, (100, 2534015)),
        ({"message": {}}, (100, 2534015)),
        ({"message": {"attachment": {"payload": {}}}}, (100, 2534015)),
        ({"message": "x"}, (100, None)),
        ({}, (100, None)),
        ({"message": {"text": "x"}, "tag": "ACCOUNT_UPDATE"}, (100, None)),
        ({"message": {"text": "x"}, "recipient": {}}, (100, None)),
    ],
)
def test_what_could_never_be_sent(
    sim: Sim, igsid: str, body: dict[str, object], expected: tuple[int, int | None]
) -> None:
    assert refusal(sim.graph(body={"recipient": {"id": igsid}, **body})) == expected
    assert sim.received() == []


def test_a_thousand_bytes_are_not_too_long(sim: Sim, igsid: str) -> None:
    assert sim.reply(igsid, "ж" * 500).status_code == 200


def test_to_nobody(sim: Sim) -> None:
    assert refusal(sim.reply("123456789012345")) == (100, 2534014)


def test_to_the_customer_of_another_account(sim: Sim) -> None:
    other = sim.write(account="atelier")["igsid"]
    assert refusal(sim.reply(other)) == (100, 2018001)


def test_to_somebody_who_blocked_us(sim: Sim, igsid: str) -> None:
    sim.control("POST", "customers", {"username": "ann", "blocked": True})
    assert refusal(sim.reply(igsid)) == (551, 1545041)


@pytest.mark.parametrize(
    ("hours", "tag", "granted", "sent"),
    [
        (23.98, None, False, True),
        (24.02, None, True, False),
        (24.02, "HUMAN_AGENT", False, False),
        (24.02, "HUMAN_AGENT", True, True),
        (7 * 24 + 0.02, "HUMAN_AGENT", True, False),
    ],
)
def test_the_window(
    sim: Sim, igsid: str, hours: float, tag: str | None, granted: bool, sent: bool
) -> None:
    sim.account(human_agent=granted)
    sim.control("PUT", "clock", {"offset_seconds": hours * 3600})
    answer = sim.reply(igsid, **({"tag": tag} if tag else {}))
    assert (answer.status_code == 200) is sent
    assert sent or refusal(answer) == (10, 2534022)


def test_the_order_of_the_checks(sim: Sim, igsid: str) -> None:
    """Everything wrong at once; mending what was named brings up the next."""
    sim.control("PUT", "app", {"require_proof": True})
    sim.account(conditions=["token_expired", "permission_missing"])
    sim.control("POST", "customers", {"username": "ann", "blocked": True})
    sim.control("PUT", "clock", {"offset_seconds": 25 * 3600})
    sim.world.rate.now = lambda: 0.0
    sim.switch(rate_per_second=1)
    assert sim.world.rate.take("17841400000000001", 1)
    assert refusal(sim.reply(igsid, "")) == (190, 463)
    sim.account(conditions=["permission_missing"])
    assert refusal(sim.reply(igsid, "")) == (100, None)
    sim.control("PUT", "app", {"require_proof": False})
    assert refusal(sim.reply(igsid, "")) == (10, None)
    sim.account(conditions=[])
    assert refusal(sim.reply(igsid, "")) == (613, 2534040)
    sim.switch(rate_per_second=0)
    assert refusal(sim.reply(igsid, "")) == (100, 2534015)
    assert refusal(sim.reply(igsid)) == (551, 1545041)
    sim.control("POST", "customers", {"username": "ann", "blocked": False})
    assert refusal(sim.reply(igsid)) == (10, 2534022)
    sim.control("PUT", "clock", {"offset_seconds": 0})
    assert sim.reply(igsid).status_code == 200
