"""Webhook bodies as Meta writes them, with what a test wants to say in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from app.channels import signature

ACCOUNT, PAGE, CUSTOMER = "17841400000000001", "100100100100100", "1233445566778899"
SECRET = "app-secret"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

Item = dict[str, Any]


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def item(*, person: str = CUSTOMER, at: datetime = NOON, **said: Any) -> Item:
    """Return an item of the customer."""
    frame = {"sender": {"id": person}, "recipient": {"id": ACCOUNT}}
    return {**frame, "timestamp": milliseconds(at), **said}


def message(
    mid: str, text: str | None = "Hi", *, person: str = CUSTOMER, at: datetime = NOON, **more: Any
) -> Item:
    said = {"mid": mid, **({} if text is None else {"text": text}), **more}
    return item(person=person, at=at, message=said)


def echo(
    mid: str, text: str, *, person: str = CUSTOMER, at: datetime = NOON, mark: str | None = None
) -> Item:
    """Return the item that says that the business wrote ``text``."""
    frame = {"sender": {"id": ACCOUNT}, "recipient": {"id": person}}
    said = {"mid": mid, "text": text, "is_echo": True, **({"metadata": mark} if mark else {})}
    return {**frame, "timestamp": milliseconds(at), "message": said}


def numbered(count: int, *, person: str = CUSTOMER) -> list[Item]:
    """Return the messages m0, m1, …, a second apart."""
    return [
        message(f"m{n}", str(n), person=person, at=NOON + timedelta(seconds=n))
        for n in range(count)
    ]


def entry(*items: Item, account: str = ACCOUNT) -> dict[str, Any]:
    return {"id": account, "time": milliseconds(NOON), "messaging": list(items)}


def body(*items: Item, account: str = ACCOUNT) -> bytes:
    """Return a body with one entry."""
    return of_entries(entry(*items, account=account))


def of_entries(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"object": "instagram", "entry": list(entries)}).encode()


def signed(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the headers with which Meta sends ``raw``."""
    return {"X-Hub-Signature-256": signature.sign(raw, secret)}
