"""Addresses in messages become links, wherever they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jinja2.utils import urlize
from markupsafe import escape

from app.present.texts import may_hold_link

PIECES = some.sampled_from(
    (*" .:/@[]-%<&", "http", "https://", "www", "com", "mailto:", "ana", "é", "7", "xn--p1ai")
)


@given(some.lists(PIECES).map("".join))
def test_where_nothing_is_looked_for_there_is_no_link(text: str) -> None:
    assert may_hold_link(text) or urlize(text) == escape(text)


@pytest.mark.parametrize("text", ["See www.example.org", "(http://localhost)", "to ana@example.it"])
def test_addresses_are_looked_for(text: str) -> None:
    assert may_hold_link(text)
    assert "<a href" in urlize(text)


@pytest.mark.parametrize("text", ["Hello. Is it there?", "At 9:30...", "ana@home", "50 % <off>"])
def test_plain_sentences_are_not_searched(text: str) -> None:
    assert not may_hold_link(text)
