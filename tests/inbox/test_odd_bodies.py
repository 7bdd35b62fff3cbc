"""Whatever a signed body holds, it ends as an outcome, and the next body is applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from app.inbox import ledger, replaying
from app.models import Conversation, ExternalEvent, ExternalEventLog
from app.models.database import reading, writing
from tests.bodies import ACCOUNT, body, entry, message, of_entries

if TYPE_CHECKING:
    from tests.office import Office

UNREADABLE = {
    "nothing": b"",
    "no JSON": b"hello",
    "no UTF-8": b"\xff\xfe",
    "NaN": b'{"object": "instagram", "entry": NaN}',
    "an integer of five thousand digits": b'{"object":' + b"9" * 5000 + b"}",
    "deep nesting": b"[" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a text": b'"instagram"',
    "a list of numbers": b"[1, 2]",
    "an empty list": b"[]",
}
TEXTS = {
    "long": "x" * 10_000,
    "emoji": "\U0001f44b\U0001f3fd \U0001f469‍\U0001f4bb",
    "Arabic": "مرحبا، كم السعر؟",
    "quotes": "'; DROP TABLE message; -- \" \\ %s :x $.x",
}
UNCLEAN = {"NUL": "a\0b", "a lone surrogate": "a\ud83db", "a reversed pair": "\ude00\ud83d"}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_is_no_webhook_is_ignored_with_the_reason(office: Office, raw: bytes) -> None:
    office.receive(raw, body(message("m1")))
    office.drain()
    odd, good = office.rows(ExternalEvent)
    assert (odd.outcome, good.outcome) == ("ignored", "applied")
    assert odd.reason
    assert office.rows(ExternalEventLog)[0].body == raw


@pytest.mark.parametrize("raw", [*UNREADABLE.values(), b'{"object": "page"}', b"{}"])
def test_replaying_an_ignored_body_ignores_it_again_for_the_same_reason(
    office: Office, raw: bytes
) -> None:
    office.receive(raw)
    office.drain()
    before = office.row(ExternalEvent)
    with writing(office.engine) as session:
        assert replaying.replay(session, [before.id]) == 1
    office.take_in(message("m1"))
    assert sorted(office.outcomes()) == ["applied", "ignored"]
    again = office.row(ExternalEvent, ExternalEvent.log_id == before.log_id)
    assert (again.kind, again.reason) == (before.kind, before.reason)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_is_kept_as_it_is(office: Office, text: str) -> None:
    office.take_in(message("m1", text))
    assert office.texts() == [text]
    assert office.thread().preview == text[:200]


@pytest.mark.parametrize("text", UNCLEAN.values(), ids=UNCLEAN)
def test_what_no_database_takes_becomes_a_replacement_character(office: Office, text: str) -> None:
    office.take_in(message("m1", text))
    [kept] = office.texts()
    assert kept is not None
    assert "\ufffd" in kept


def test_an_id_of_three_hundred_characters_is_kept_whole(office: Office) -> None:
    office.take_in(message("m" * 300), message("m" * 300), message("m" * 299 + "x"))
    assert office.outcomes() == ["applied", "duplicate", "applied"]
    assert {one.external_id for one in office.messages()} == {"m" * 300, "m" * 299 + "x"}


def test_a_message_with_an_id_of_three_thousand_characters_is_there_as_unsupported(
    office: Office,
) -> None:
    office.take_in(message("m" * 3_000))
    assert [one.kind for one in office.messages()] == ["unsupported"]


def test_a_person_with_an_id_of_three_thousand_characters_is_nobody(office: Office) -> None:
    office.take_in(message("m1", person="p" * 3_000), message("m2"))
    assert office.outcomes() == ["ignored", "applied"]


def test_an_account_with_an_id_of_three_thousand_characters_is_unroutable(office: Office) -> None:
    sent = message("m1") | {"recipient": {"id": "1" * 3_000}}
    office.receive(body(sent, account="1" * 3_000))
    office.drain()
    assert office.outcomes() == ["unroutable"]


def test_huge_numbers_inside_an_item_are_kept(office: Office) -> None:
    office.take_in(message("m1", referral={"ad_id": 10**4_000, "weight": 1e308}))
    assert office.messages()[0].details["referral"]["ad_id"] == 10**4_000


def test_a_body_of_five_megabytes_is_one_message(office: Office) -> None:
    raw = body(message("m1", "x" * 4_900_000))
    office.receive(raw)
    office.drain()
    assert [len(text or "") for text in office.texts()] == [4_900_000]


def test_an_unknown_webhook_object_is_ignored(office: Office) -> None:
    office.receive(json.dumps({"object": "user", "entry": [entry(message("m1"))]}).encode())
    office.drain()
    assert office.row(ExternalEvent).reason == "webhook object not handled: user"


def test_an_item_of_an_unknown_kind_is_visible_as_unsupported(office: Office) -> None:
    office.take_in({key: value for key, value in message("m").items() if key != "message"} | {
        "telepathy": {"thought": "blue"}
    })  # fmt: skip
    [shown] = office.messages()
    assert (shown.kind, shown.details) == ("unsupported", {"name": "telepathy"})
    with reading(office.engine) as session:
        raw = ledger.item(session, office.row(ExternalEvent))
    assert isinstance(raw, dict)
    assert raw["telepathy"] == {"thought": "blue"}


def test_an_entry_without_items_is_ignored(office: Office) -> None:
    office.receive(of_entries({"id": ACCOUNT}, {"id": ACCOUNT, "messaging": "none"}))
    office.drain()
    assert office.outcomes() == ["ignored", "ignored"]
    assert office.rows(Conversation) == []
