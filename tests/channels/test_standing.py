"""What a check of a token tells, and what it leaves open."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from app.channels import knock, registry
from app.channels.base import Named
from app.channels.events import TestReceived
from app.channels.explain_token import explain_check
from app.channels.faults import GraphFault, Permanent, Retryable, SendError
from app.channels.instagram import Instagram
from app.channels.instagram_token import PersonsToken
from app.channels.signature import verify

if TYPE_CHECKING:
    from responses import RequestsMock

    from app.channels.base import Credentials
    from app.channels.graph import Graph

PAGE, ACCOUNT = "100100100100100", "17841400000000001"
FACEBOOK, INSTAGRAM = "https://graph.facebook.com/v23.0", "https://graph.instagram.com/v23.0"
LINKED = {
    "id": PAGE,
    "name": "Harbour",
    "instagram_business_account": {"id": ACCOUNT, "username": "harbour"},
}
SCOPES = ["instagram_basic", "instagram_manage_messages", "pages_messaging"]
REFUSED = {"error": {"code": 100, "message": "no"}}

channel = Instagram()


def answer(meta: RequestsMock, facts: Any = None, apps: Any = None) -> None:
    """Let Meta answer for a Page's token; None: it refuses."""
    meta.get(f"{FACEBOOK}/me", json=LINKED)
    for path, told in (("debug_token", facts), (f"{PAGE}/subscribed_apps", apps)):
        is_refused = told is None
        body = REFUSED if is_refused else {"data": told}
        meta.get(f"{FACEBOOK}/{path}", json=body, status=400 if is_refused else 200)


def test_a_page_token_tells_everything(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    apps = [
        {"id": "42", "subscribed_fields": ["messages", "message_reads"]},
        {"id": "43", "subscribed_fields": ["feed"]},
    ]
    answer(meta, {"app_id": "42", "expires_at": 1_800_000_000, "scopes": SCOPES}, apps)
    found = channel.standing(graph, page)
    assert found.account == Named(ACCOUNT, "harbour")
    assert found.page == Named(PAGE, "Harbour")
    assert found.account_ids == {PAGE, ACCOUNT}
    assert found.expires_at == datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert found.missing_scopes == {"pages_manage_metadata"}
    assert found.fields == frozenset({"messages", "message_reads"})
    assert found.missing_fields == frozenset()


def test_zero_means_never(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    answer(meta, {"expires_at": 0}, [])
    found = channel.standing(graph, page)
    assert (found.expires_at, found.never_expires) == (None, True)
    assert (found.fields, found.missing_fields) == (frozenset(), frozenset({"messages"}))


def test_what_meta_does_not_tell_is_left_open(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    answer(meta)
    found = channel.standing(graph, page)
    assert (found.expires_at, found.never_expires) == (None, False)
    assert (found.scopes, found.missing_scopes) == (None, frozenset())
    assert (found.fields, found.missing_fields) == (None, frozenset())


@pytest.mark.parametrize("odd", [[], "text", {"data": "text"}, {"data": [1, None]}])
def test_odd_answers_are_no_answers(
    meta: RequestsMock, graph: Graph, page: Credentials, odd: object
) -> None:
    meta.get(f"{FACEBOOK}/me", json=LINKED)
    meta.get(f"{FACEBOOK}/debug_token", json=odd)
    meta.get(f"{FACEBOOK}/{PAGE}/subscribed_apps", json=odd)
    found = channel.standing(graph, page)
    assert (found.scopes, found.expires_at) == (None, None)


def test_an_instagram_token_has_two_ids(
    meta: RequestsMock, graph: Graph, login: Credentials
) -> None:
    meta.get(f"{INSTAGRAM}/me", json={"user_id": ACCOUNT, "id": "289", "username": "atelier"})
    subscribed = {"data": [{"subscribed_fields": ["messages"]}]}
    meta.get(f"{INSTAGRAM}/me/subscribed_apps", json=subscribed)
    found = channel.standing(graph, login)
    assert found.account == Named(ACCOUNT, "atelier")
    assert found.account_ids == {ACCOUNT, "289"}
    assert (found.scopes, found.fields) == (None, frozenset({"messages"}))


def test_a_persons_token_is_recognised(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    meta.get(f"{FACEBOOK}/me", json=REFUSED, status=400)
    meta.get(f"{FACEBOOK}/me/accounts", json={"data": [LINKED]})
    with pytest.raises(PersonsToken) as refused:
        channel.standing(graph, page)
    assert PAGE in refused.value.fault.message
    assert "person" in explain_check(refused.value).sentence


def test_a_dead_token_is_an_error(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    error = {"code": 190, "error_subcode": 463, "message": "expired"}
    meta.get(f"{FACEBOOK}/me", json={"error": error}, status=401)
    with pytest.raises(Permanent) as refused:
        channel.standing(graph, page)
    assert "expired" in explain_check(refused.value).sentence


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Retryable(GraphFault("Lost", name="unconfirmed")), "could not be reached"),
        (Retryable(GraphFault("?", http_status=502)), "no usable answer"),
        (Retryable(GraphFault("?", code=4)), "slowing"),
        (Permanent(GraphFault("?", code=100, subcode=33)), "does not show"),
        (Permanent(GraphFault("?", code=200)), "may not look"),
        (Permanent(GraphFault("?", code=10)), "may not look"),
        (Permanent(GraphFault("Odd words", code=999)), "refused"),
    ],
)
def test_each_refusal_has_words_that_speak_of_no_message(error: SendError, words: str) -> None:
    found = explain_check(error)
    assert words in found.sentence
    assert "was not sent" not in found.cause


def test_the_test_body_reads_as_metas_test_button() -> None:
    [(_, item)] = registry.items([json.loads(channel.test_body("abc"))])
    assert isinstance(item.event, TestReceived)
    assert channel.test_body("abc") != channel.test_body("abd")


def test_a_knock_is_signed(meta: RequestsMock) -> None:
    meta.post("https://inbox.example.com/hook", status=302)
    assert knock.knock("https://inbox.example.com/hook", b"{}", "s") == knock.Answer(302)
    request = meta.calls[0].request
    assert verify(b"{}", request.headers["X-Hub-Signature-256"], ["s"])


def test_a_knock_on_nothing_says_why() -> None:
    found = knock.knock("http://127.0.0.1:9/hook", b"{}", "s")
    assert (found.status, found.problem) == (None, "ConnectionError")
