from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from responses import matchers

from app.channels import registry
from app.channels.base import Credentials, Outgoing, Profile, Sent
from app.channels.faults import Permanent, Unsure
from app.channels.instagram import Instagram

if TYPE_CHECKING:
    from responses import RequestsMock

    from app.channels.graph import Graph

PAGE, ACCOUNT, CUSTOMER = "100100100100100", "17841400000000001", "1233445566778899"
FACEBOOK = "https://graph.facebook.com/v23.0"
INSTAGRAM = "https://graph.instagram.com/v23.0"
HELLO = Outgoing(CUSTOMER, "Hello \U0001f62e")
TO_CUSTOMER = {"recipient": {"id": CUSTOMER}, "message": {"text": "Hello \U0001f62e"}}
AS_HUMAN = {**TO_CUSTOMER, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}

channel = Instagram()


def test_limits_and_window() -> None:
    assert channel.limits.length("\u00e9\U0001f62e") == 6
    assert channel.limits.text == 1000
    assert channel.window.standard.total_seconds() == 24 * 3600
    assert channel.window.human
    assert channel.window.human.days == 7


def test_registry_knows_instagram_by_kind_and_by_object() -> None:
    known = registry.channel("instagram")
    assert known.kind == "instagram"
    assert registry.for_object("instagram") is known
    assert registry.for_object("page") is None


def test_send_for_a_linked_page(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    body = {**TO_CUSTOMER, "messaging_type": "RESPONSE"}
    answer = {"recipient_id": CUSTOMER, "message_id": "aWdf" + "x" * 296}
    meta.post(
        f"{FACEBOOK}/{PAGE}/messages", json=answer, match=[matchers.json_params_matcher(body)]
    )
    assert channel.send(graph, page, HELLO) == Sent("aWdf" + "x" * 296)


def test_send_with_instagram_login(meta: RequestsMock, graph: Graph, login: Credentials) -> None:
    expected = [matchers.json_params_matcher(TO_CUSTOMER)]
    meta.post(f"{INSTAGRAM}/{ACCOUNT}/messages", json={"message_id": "m1"}, match=expected)
    assert channel.send(graph, login, HELLO) == Sent("m1")


def test_send_as_human_agent(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    expected = [matchers.json_params_matcher(AS_HUMAN)]
    meta.post(f"{FACEBOOK}/{PAGE}/messages", json={"message_id": "m1"}, match=expected)
    assert channel.send(graph, page, replace(HELLO, human_agent=True)) == Sent("m1")


@pytest.mark.parametrize("answer", [{}, {"message_id": ""}, {"recipient_id": CUSTOMER}])
def test_send_without_an_id_is_unsure(
    meta: RequestsMock, graph: Graph, page: Credentials, answer: dict[str, str]
) -> None:
    meta.post(f"{FACEBOOK}/{PAGE}/messages", json=answer)
    with pytest.raises(Unsure):
        channel.send(graph, page, HELLO)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"name": "Ann", "username": "ann", "profile_pic": "https://cdn/p", "follower_count": 7},
            Profile("Ann", "ann", "https://cdn/p", 7),
        ),
        ({"name": None, "username": "ann", "profile_pic": 5}, Profile(username="ann")),
        ({}, Profile()),
    ],
)
def test_profile(
    meta: RequestsMock,
    graph: Graph,
    login: Credentials,
    answer: dict[str, object],
    expected: Profile,
) -> None:
    fields = [matchers.query_param_matcher({"fields": "name,username,profile_pic,follower_count"})]
    meta.get(f"{INSTAGRAM}/{CUSTOMER}", json=answer, match=fields)
    assert channel.profile(graph, login, CUSTOMER) == expected


@pytest.mark.parametrize(("code", "status"), [(230, 403), (9010, 400), (100, 400)])
def test_profile_that_meta_does_not_show_is_none(
    meta: RequestsMock, graph: Graph, page: Credentials, code: int, status: int
) -> None:
    error = {"message": "hidden", "code": code}
    meta.get(f"{FACEBOOK}/{CUSTOMER}", json={"error": error}, status=status)
    assert channel.profile(graph, page, CUSTOMER) is None


def test_profile_with_a_dead_token_is_an_error(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    error = {"message": "expired", "code": 190, "error_subcode": 463}
    meta.get(f"{FACEBOOK}/{CUSTOMER}", json={"error": error}, status=401)
    with pytest.raises(Permanent):
        channel.profile(graph, page, CUSTOMER)


@pytest.mark.parametrize("claimed", [PAGE, ACCOUNT])
def test_page_token_proves_page_and_linked_account(
    meta: RequestsMock, graph: Graph, page: Credentials, claimed: str
) -> None:
    answer = {"id": PAGE, "instagram_business_account": {"id": ACCOUNT}}
    meta.get(f"{FACEBOOK}/me", json=answer)
    assert channel.accounts(graph, page, claimed) == {PAGE, ACCOUNT}


@pytest.mark.parametrize("claimed", [ACCOUNT, "28978671838402975"])
def test_instagram_token_proves_both_ids_of_its_account(
    meta: RequestsMock, graph: Graph, login: Credentials, claimed: str
) -> None:
    answer = {"user_id": int(ACCOUNT), "id": "28978671838402975", "username": "shop"}
    fields = [matchers.query_param_matcher({"fields": "user_id,id,username"})]
    meta.get(f"{INSTAGRAM}/me", json=answer, match=fields)
    assert channel.accounts(graph, login, claimed) == {ACCOUNT, "28978671838402975"}


def test_token_of_another_account_proves_nothing(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    meta.get(f"{FACEBOOK}/me", json={"id": "555", "instagram_business_account": {"id": "666"}})
    assert channel.accounts(graph, page, ACCOUNT) == frozenset()


def test_page_without_a_linked_account_proves_itself(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    meta.get(f"{FACEBOOK}/me", json={"id": PAGE})
    assert channel.accounts(graph, page, PAGE) == {PAGE}
