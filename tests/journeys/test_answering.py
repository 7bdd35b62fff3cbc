"""A DM comes in, the answer goes out: each once, whatever becomes of the echo."""

from __future__ import annotations

import time
from statistics import quantiles
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = pytest.mark.journey


def test_a_message_and_its_answer(house: House) -> None:
    (ann,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(ann, "Is the blue bowl still there?"))
    message = house.reply(conversation, "It is.")
    house.wait_status(message, "sent")
    assert house.phones.received(ann) == ["It is."]
    assert house.texts(conversation) == ["Is the blue bowl still there?", "It is."]


def test_every_way_of_an_echo(house: House) -> None:
    """Early, late, never, twice: the message is there once and is sent."""
    modes = ["early", "late", "never", "twice"]
    people = dict(zip(modes, house.phones.add(len(modes)), strict=True))
    for mode, customer in people.items():
        house.phones.switch(echo=mode)
        conversation = house.conversation(house.phones.write(customer, "Hello"))
        message = house.reply(conversation, f"The echo is {mode}")
        house.wait_status(message, "sent")
        house.wait_quiet()
        assert house.phones.received(customer) == [f"The echo is {mode}"]
        assert house.texts(conversation) == ["Hello", f"The echo is {mode}"]


def test_a_colleague_answers_in_the_app(house: House) -> None:
    """The same words sent from here twice and by the colleague once are three messages."""
    (ann,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(ann, "Hello"))
    for _ in range(2):
        house.wait_status(house.reply(conversation, "Hi!"), "sent")
    house.phones.colleague_writes(ann, "Hi!")
    house.wait("three answers", lambda: house.texts(conversation)[1:] == ["Hi!"] * 3)
    house.wait_quiet()
    assert house.texts(conversation) == ["Hello", "Hi!", "Hi!", "Hi!"]


def test_how_soon_a_message_is_there(house: House) -> None:
    """The figures are for people (pytest -s shows them); what is asserted is that all arrive."""
    (ann,) = house.phones.add(1)
    conversation = house.conversation(house.phones.write(ann, "0"))
    seconds = []
    for number in range(1, 41):
        started = time.monotonic()
        house.phones.write(ann, str(number))
        house.wait("it is there", lambda: house.texts(conversation)[-1] == str(number), pause=0.002)  # noqa: B023
        seconds.append(time.monotonic() - started)
    cuts = quantiles(seconds, n=20)
    print(f"from phone to inbox: p50 {cuts[9] * 1000:.0f} ms, p95 {cuts[18] * 1000:.0f} ms")  # noqa: T201
