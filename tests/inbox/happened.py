"""What happened on two accounts, as items of webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.bodies import NOON, PAGE, body, echo, entry, item, message, of_entries

if TYPE_CHECKING:
    from datetime import datetime

    from tests.bodies import Item

OTHER, OTHER_SECRET = "17841400000000002", "other-secret"
POISON = "poison"
ANN, BEN, CAN, DAN = "771", "772", "773", "774"


def at(seconds: int) -> datetime:
    return NOON - timedelta(minutes=5) + timedelta(seconds=seconds)


IMAGE = {"type": "image", "payload": {"url": "https://cdn.test/1"}}
WRITTEN_BEFORE = message("m0", "Are you open?", person=DAN, at=at(0))
ITEMS: dict[str, Item] = {
    "text": message("m1", "one", person=ANN, at=at(10)),
    "answered elsewhere": echo("e1", "from the phone", person=ANN, at=at(15)),
    "picture": message("m2", None, person=ANN, at=at(20), attachments=[IMAGE]),
    "second text": message("m3", "three", person=ANN, at=at(30)),
    "reaction": item(person=ANN, at=at(31), reaction={"mid": "m1", "action": "react"}),
    "taken back": message("m2", None, person=ANN, at=at(32), is_deleted=True),
    "read": item(person=ANN, at=at(33), read={"mid": "e1"}),
    "poison": message(POISON, "odd", person=BEN, at=at(10)),
    "after it": message("m5", "even", person=BEN, at=at(20)),
    "unclean": message("m6", "a\0b", person=BEN, at=at(30)),
    "button": item(person=BEN, at=at(40), postback={"title": "Prices", "payload": "P"}),
    "unknown": item(person=BEN, at=at(50), telepathy={"thought": "blue"}),
    "only answered": echo("e2", "Hello?", person=CAN, at=at(10)),
    "ours": echo("x1", "Welcome", person=DAN, at=NOON),
    "beside ours": echo("e3", "We are", person=DAN, at=NOON + timedelta(seconds=1)),
    "thanks": message("m7", "Thanks", person=DAN, at=NOON + timedelta(seconds=2)),
}
PRESSED = message("random_mid") | {"sender": {"id": "12334"}, "recipient": {"id": "23245"}}
ODD: dict[str, bytes] = {
    "no JSON": b"hello",
    "no item": of_entries(entry()),
    "not ours": b'{"object": "user", "entry": []}',
    "test button": body(PRESSED | {"timestamp": "1527459824"}, account="0"),
}
THEIRS: dict[str, dict[str, Any]] = {
    "to the other": entry(message("m1", "theirs", person=ANN, at=at(10)), account=OTHER),
    "to the other again": entry(
        message("m1", "theirs", person=ANN, at=at(10)),
        message("m8", "more", person=ANN, at=at(11)),
        account=OTHER,
    ),
    "signed by a stranger": entry(message("m9", "forged", person=ANN, at=at(12)), account=PAGE),
}
