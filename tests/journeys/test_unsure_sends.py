"""Sends that nobody can be sure of: never repeated by a machine, settled by evidence or people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = pytest.mark.journey


def _conversation(house: House) -> tuple[str, int]:
    (customer,) = house.phones.add(1)
    return customer, house.conversation(house.phones.write(customer, "Hello"))


def test_the_echo_settles_a_send_that_timed_out(house: House) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(timeout_after_accept=1, echo_delay_ms=18_000)
    message = house.reply(conversation, "On its way")
    house.wait_status(message, "unconfirmed")
    assert house.phones.received(customer) == ["On its way"]
    house.wait_status(message, "sent")
    house.wait_quiet()
    assert house.phones.received(customer) == ["On its way"]
    assert house.texts(conversation) == ["Hello", "On its way"]


def test_people_decide_where_no_echo_comes(house: House) -> None:
    """Two answers that never reached Meta: one is sent again by a person, one given up."""
    retried, discarded = _conversation(house), _conversation(house)
    house.phones.switch(timeout_before_accept=2)
    again = house.reply(retried[1], "Please read this")
    never = house.reply(discarded[1], "Never mind")
    house.wait_status(again, "unconfirmed")
    house.wait_status(never, "unconfirmed")
    assert house.phones.received(retried[0]) == house.phones.received(discarded[0]) == []
    assert house.post(f"/api/messages/{again}/retry").ok
    assert house.post(f"/api/messages/{never}/discard").ok
    house.wait_status(again, "sent")
    house.wait_status(never, "discarded")
    house.wait_quiet()
    assert house.phones.received(retried[0]) == ["Please read this"]
    assert house.phones.received(discarded[0]) == []


def test_an_answer_that_says_nothing(house: House) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(html_500=1)
    house.wait_status(house.reply(conversation, "Hm"), "unconfirmed")
    house.wait_quiet()
    assert house.phones.received(customer) == []


def test_metas_own_stumble_is_settled_by_the_echo(house: House) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(error_1357046=1, echo_delay_ms=5000)
    message = house.reply(conversation, "Hm")
    house.wait_status(message, "unconfirmed")
    house.wait_status(message, "sent")
    assert house.phones.received(customer) == ["Hm"]
    house.wait_quiet()
    assert house.texts(conversation) == ["Hello", "Hm"]


def test_the_conversation_at_metas_settles_a_send_whose_echo_never_came(house: House) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(timeout_after_accept=1, echo="never")
    message = house.reply(conversation, "On its way")
    house.wait_status(message, "unconfirmed")
    house.wait_status(message, "sent")
    assert house.delivery(message)["settled_by"] == "history"
    house.wait_quiet()
    assert house.phones.received(customer) == ["On its way"]
    assert house.texts(conversation) == ["Hello", "On its way"]


def test_what_is_not_at_metas_is_asked_about_and_sent_again_once(house: House) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(timeout_before_accept=1)
    message = house.reply(conversation, "Please read this")
    house.wait_status(message, "unconfirmed")
    house.wait("a look at Meta's", lambda: house.delivery(message)["steps"])
    assert house.delivery(message)["steps"][0]["kind"] == "absent"
    assert house.post(f"/api/messages/{message}/retry").ok
    house.wait_status(message, "sent")
    house.wait_quiet()
    told = house.delivery(message)
    assert [one["outcome"] for one in told["attempts"]] == ["unconfirmed", "sent"]
    assert house.phones.received(customer) == ["Please read this"]


def test_one_echo_proves_the_one_nobody_decided_about(house: House) -> None:
    customer, conversation = _conversation(house)
    house.phones.switch(html_500=1)
    first = house.reply(conversation, "Hm")
    house.wait_status(first, "unconfirmed")
    assert house.post(f"/api/messages/{first}/discard").ok
    house.phones.switch(error_1357046=1, echo_delay_ms=1000)
    second = house.reply(conversation, "Hm")
    house.wait_quiet()
    house.wait_status(second, "sent")
    house.wait_quiet()
    assert house.status(first) == "discarded"
    assert house.phones.received(customer) == ["Hm"]
    assert house.texts(conversation) == ["Hello", "Hm", "Hm"]
