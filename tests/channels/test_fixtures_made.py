"""A fixture made of a real body says the same to the reader, about nobody."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.channels import body, registry
from app.channels.fixtures import Anonymous, alone

KNOWN = sorted((Path(__file__).parent.parent / "fixtures" / "instagram").glob("*.json"))
META = {"12334", "23245"}
"""The ids with which the dashboard's Test button speaks: Meta's own, and nobody's."""


def kinds(objects: list[Any]) -> list[tuple[str, object]]:
    return [
        (type(item.event).__name__, getattr(item.event, "kind", None))
        for _, item in registry.items(objects)
    ]


@pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.stem)
def test_an_item_alone_is_read_as_before(path: Path) -> None:
    objects = body.read(path.read_bytes())
    for _, item in registry.items(objects):
        [(_, again)] = registry.items([alone(objects, item.path)])
        assert again.event == item.event


@pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.stem)
def test_an_anonymous_body_says_the_same_about_nobody(path: Path) -> None:
    objects = body.read(path.read_bytes())
    made = Anonymous().body(objects)

    assert kinds(made) == kinds(objects)
    personal = set(
        re.findall(r'"(?:text|username|id|mid|title)": "([^"]{4,})"', json.dumps(objects))
    )
    assert [one for one in personal - META if f'"{one}"' in json.dumps(made)] == []


def test_the_same_is_replaced_by_the_same() -> None:
    made = Anonymous().body({"sender": {"id": "1233445566"}, "from": {"id": 1233445566}})

    assert made["sender"]["id"] == str(made["from"]["id"]) != "1233445566"


def test_one_customer_is_not_another() -> None:
    made = Anonymous().body([{"id": "1233445566", "name": "Ana"}, {"id": "99887766", "name": "Bo"}])

    assert made[0]["id"] != made[1]["id"]
    assert made[0]["name"] != made[1]["name"]


def test_what_nobody_foresaw_is_replaced_too() -> None:
    given = {"diary": "secret words", "nickname": "Bo", "place": {"lat": 52.5, "5551234567": "x"}}
    made = json.dumps(Anonymous().body(given))

    for one in ("secret words", "Bo", "52.5", "5551234567"):
        assert one not in made


def test_times_and_platform_words_stay() -> None:
    given = {"object": "instagram", "time": 1763780000123, "field": "messages", "is_echo": True}

    assert Anonymous().body(given) == given


@pytest.mark.parametrize("path", ["", "9", "0.entry.7", "0.entry.0.messaging.0.x", "0.nothing"])
def test_a_path_that_leads_nowhere_is_no_fixture(path: str) -> None:
    with pytest.raises(LookupError):
        alone([{"entry": [{"messaging": [{}]}]}], path)
