"""What no database takes is taken out of a text, and the event says so; others say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.models import ExternalEvent
from tests.bodies import body, message

if TYPE_CHECKING:
    from tests.office import Office


@pytest.mark.parametrize(
    ("text", "shown", "repaired"),
    [
        ("a\0b", "a�b", "NUL"),
        ("a\ud83d", "a�", "lone surrogate"),
        ("\ude2ea", "�a", "lone surrogate"),
        ("\ud83d\0\ude2e", "���", "NUL, lone surrogate"),
        ("\ud83d\ud83d\ude2e", "�😮", "lone surrogate"),
        ("😮 é مرحبا", "😮 é مرحبا", None),
        ("\\u0000 \\ud83d", "\\u0000 \\ud83d", None),
        ("a � b", "a � b", None),
    ],
)
def test_the_event_names_what_was_repaired(
    office: Office, text: str, shown: str, repaired: str | None
) -> None:
    office.take_in(message("m1", text))

    assert office.texts() == [shown]
    assert office.row(ExternalEvent).repaired == repaired


def test_only_the_item_that_was_repaired_says_so(office: Office) -> None:
    office.receive(body(message("m1", "plain"), message("m2", "\0"), message("m3", "😮")))
    office.drain()

    assert [one.repaired for one in office.rows(ExternalEvent)] == [None, "NUL", None]


def test_a_repair_in_a_key_is_named_too(office: Office) -> None:
    office.take_in(message("m1", "plain") | {"odd\0": 1})

    assert office.row(ExternalEvent).repaired == "NUL"
