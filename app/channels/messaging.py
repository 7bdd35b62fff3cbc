"""The frame that Instagram and Messenger put around their items.

Items stand in ``entry[].messaging[]``; in ``entry[].standby[]`` while another app owns the
thread; in ``entry[].changes[]`` as ``{field, value}`` for comments and for the dashboard's Test
button; and some samples carry ``field`` and ``value`` in the entry itself.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks,
developers.facebook.com/documentation/instagram-platform/webhooks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.channels.values import identifier, label, mapping, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

TEST_ENTRY = "0"
TEST_SENDER, TEST_RECIPIENT = "12334", "23245"
TEST_PEOPLE = {TEST_SENDER, TEST_RECIPIENT}
_ENVELOPE = {"sender", "recipient", "timestamp"}
_CONTAINERS = ("messaging", "standby", "changes")
_MAIN = ("message", "postback")


@dataclass(frozen=True, slots=True)
class Framed:
    """One item with what its frame says.

    ``name`` is what Meta calls the item ("message", "read", "comments", …); where the item is no
    object, or holds nothing, it says so. ``value`` is the item itself.
    """

    path: str
    name: str
    value: dict[str, Any]
    account: str
    person: str | None
    by_us: bool
    occurred_at: datetime | None
    standby: bool
    test: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an item was found: its path, its entry, and the field that names it in ``changes``."""

    path: str
    entry: dict[str, Any]
    field: str | None = None
    standby: bool = False


def walk(body: dict[str, Any]) -> Iterator[Framed]:
    """Yield every item of a webhook object, in order.

    What holds no item is yielded itself, so that nothing disappears: the whole object (path "")
    without entries, an entry without items, a list of items that is none.
    """
    entries = body.get("entry")
    if not isinstance(entries, list) or not entries:
        yield _framed(_Place("", {}), "no_entries", {})
        return
    for index, entry in enumerate(entries):
        yield from _items(f"entry.{index}", mapping(entry))


def test_body(name: str, nonce: str) -> bytes:
    """Return a body as the dashboard's Test button sends it, for the webhook object ``name``."""
    item = {
        "sender": {"id": TEST_SENDER},
        "recipient": {"id": TEST_RECIPIENT},
        "message": {"mid": f"inlet_test_{nonce}", "text": "A test from Inlet to itself"},
    }
    change = {"field": "messages", "value": item}
    body = {"object": name, "entry": [{"id": TEST_ENTRY, "changes": [change]}]}
    return json.dumps(body, separators=(",", ":")).encode()


def _items(path: str, entry: dict[str, Any]) -> Iterator[Framed]:
    empty = True
    for container in _CONTAINERS:
        for framed in _members(path, entry, container):
            empty = False
            yield framed
    if "field" in entry:
        yield _change(path, entry, entry)
    elif empty:
        yield _framed(_Place(path, entry), "no_items", {})


def _members(path: str, entry: dict[str, Any], container: str) -> Iterator[Framed]:
    members = entry.get(container, [])
    if not isinstance(members, list):
        yield _framed(_Place(f"{path}.{container}", entry), "no_items", {})
        return
    for index, member in enumerate(members):
        place = _Place(f"{path}.{container}.{index}", entry, standby=container == "standby")
        if not isinstance(member, dict):
            yield _framed(place, "no_object", {})
        elif container == "changes":
            yield _change(place.path, entry, member)
        else:
            yield _framed(place, _name(member), member)


def _change(path: str, entry: dict[str, Any], change: dict[str, Any]) -> Framed:
    """Read ``{field, value}``; a value with a sender is a messaging item in another wrapper."""
    value = mapping(change.get("value"))
    field = label(change.get("field"), "changes")
    name = _name(value) if "sender" in value or "recipient" in value else field
    return _framed(_Place(path, entry, field), name, value)


def _name(item: dict[str, Any]) -> str:
    main = (key for key in _MAIN if key in item)
    others = (key for key in item if key.strip() and key not in _ENVELOPE)
    return next(main, None) or label(next(others, None), "empty")


def _framed(place: _Place, name: str, value: dict[str, Any]) -> Framed:
    sender = identifier(mapping(value.get("sender")).get("id"))
    recipient = identifier(mapping(value.get("recipient")).get("id"))
    entry_id = identifier(place.entry.get("id"))
    by_us = bool(mapping(value.get("message")).get("is_echo")) or (
        sender is not None and sender == entry_id
    )
    ours, person = (sender, recipient) if by_us else (recipient, sender)
    time = value.get("timestamp", place.entry.get("time") if place.field else None)
    return Framed(
        path=place.path,
        name=name,
        value=value,
        account=entry_id or ours or "",
        person=person,
        by_us=by_us,
        occurred_at=moment(time),
        standby=place.standby,
        test=entry_id == TEST_ENTRY or {sender, recipient} == TEST_PEOPLE,
    )
