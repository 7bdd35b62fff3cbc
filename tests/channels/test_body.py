from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels import body
from tests.channels.strategies import json_values


def texts_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts_in(part)]
    if isinstance(value, list):
        return [text for member in value for text in texts_in(member)]
    return [value] if isinstance(value, str) else []


def is_clean(text: str) -> bool:
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text


def test_one_object_is_a_list_of_one() -> None:
    assert body.read(b'{"object":"instagram"}') == [{"object": "instagram"}]


def test_list_of_objects_stays_one() -> None:
    assert body.read(b'[{"a":1},{"b":2}]') == [{"a": 1}, {"b": 2}]


def test_byte_order_mark_is_skipped() -> None:
    assert body.read(b'\xef\xbb\xbf{"a":1}') == [{"a": 1}]


def test_surrogate_pairs_stay_and_halves_are_replaced() -> None:
    raw = rb'{"pair \ud83d\ude2e": "\ud83d", "half \ude2e": "\ud83d\ude2e", "nul \u0000": "\u0000"}'
    assert body.read(raw) == [
        {"pair \U0001f62e": "\ufffd", "half \ufffd": "\U0001f62e", "nul \ufffd": "\ufffd"}
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b'{"a":"\0"}', "not JSON"),
        (b'{"a":1}{"b":2}', "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a":NaN}', "a number that cannot be stored"),
        (b'{"a":-Infinity}', "a number that cannot be stored"),
        (b'{"a":1e999}', "a number that cannot be stored"),
        (b'{"a":' + b"9" * 5_000 + b"}", "a number that cannot be stored"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "nested too deeply"),
        (b"[" * 100_000, "nested too deeply"),
        (b"null", "no object and no list of objects"),
        (b"[]", "no object and no list of objects"),
        (b'[{"a":1},2]', "no object and no list of objects"),
        (b'"text"', "no object and no list of objects"),
    ],
)
def test_unreadable_bodies_say_why(raw: bytes, reason: str) -> None:
    with pytest.raises(body.Unreadable) as refused:
        body.read(raw)
    assert refused.value.reason == reason


def test_nesting_up_to_the_limit_is_read() -> None:
    assert body.read(b'{"a":' * 100 + b"1" + b"}" * 100)


@given(raw=st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_clean_objects_or_a_reason(raw: bytes) -> None:
    try:
        objects = body.read(raw)
    except body.Unreadable as refused:
        assert refused.reason  # noqa: PT017 - either way of ending is right
        return
    assert objects
    assert all(isinstance(found, dict) for found in objects)
    assert all(is_clean(text) for text in texts_in(objects))


@pytest.mark.parametrize(
    ("path", "item"),
    [("0", {"entry": [{"messaging": [1, 2]}]}), ("0.entry.0.messaging.1", 2), ("1.7.0", "x")],
)
def test_item_is_shown_by_its_path(path: str, item: object) -> None:
    assert body.item_at([{"entry": [{"messaging": [1, 2]}]}, {"7": ["x"]}], path) == item


@pytest.mark.parametrize("path", ["", "2", "0.missing", "0.entry.5", "0.entry.-1", "0.entry.0.a.0"])
def test_wrong_path_is_a_lookup_error(path: str) -> None:
    with pytest.raises(LookupError):
        body.item_at([{"entry": [{"a": "text"}]}], path)
