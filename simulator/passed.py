"""What passed between Meta and the inbox, webhooks and Graph calls in one list."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.journal import GraphCall, pretty
from simulator.views import local
from simulator.world import World

KEYS = ("message", "postback", "reaction", "read", "message_edit", "referral")


@dataclass(frozen=True)
class Passed:
    """A line of the log; `good` None: not answered yet. `parts` are (heading, JSON)."""

    key: str
    at: datetime
    way: str
    what: str
    result: str
    good: bool | None
    parts: tuple[tuple[str, str], ...]


def latest(world: World, limit: int) -> list[Passed]:
    """The newest first, `limit` at most."""
    webhooks = [_webhook(one) for one in world.engine.deliveries.log(limit)]
    calls = [_call(one) for one in world.journal.latest(limit)]
    return sorted(webhooks + calls, key=lambda one: one.at, reverse=True)[:limit]


def _webhook(one: dict[str, Any]) -> Passed:
    attempts = one["attempts"]
    last = attempts[-1] if attempts else None
    delivered = one["state"] == "delivered"
    waiting = one["state"] == "pending" and last is None
    return Passed(
        key=f"w{one['id']}",
        at=local(last["at"] if last else one["created_at"]),
        way="webhook",
        what=", ".join(_kinds(one["body"])) or "empty",
        result=_attempted(last, one["tries"]) if last else one["state"],
        good=None if waiting else delivered,
        parts=(("Body", pretty(one["body"])), ("Attempts", json.dumps(attempts, indent=2))),
    )


def _attempted(last: dict[str, Any], tries: int) -> str:
    answer = last["status"] or last["error"] or "no answer"
    again = f", try {tries}" if tries > 1 else ""
    return f"{answer} in {last['ms']} ms{again}"


def _kinds(body: object) -> list[str]:
    """What the items of a webhook are, by Meta's own names."""
    entries = body.get("entry", []) if isinstance(body, dict) else []
    return [
        _kind(item.get("value", item))
        for entry in entries
        for container in ("messaging", "changes", "standby")
        for item in entry.get(container, [])
    ]


def _kind(item: dict[str, Any]) -> str:
    key = next((one for one in KEYS if one in item), None) or "other"
    part = item.get(key)
    if not isinstance(part, dict):
        return key
    for flag in ("is_echo", "is_deleted", "is_unsupported"):
        if part.get(flag):
            return f"{key} {flag}"
    attachments = part.get("attachments")
    if isinstance(attachments, list) and attachments and isinstance(attachments[0], dict):
        return f"{key} {attachments[0].get('type', '')}"
    return key


def _call(one: GraphCall) -> Passed:
    error = f" · error {one.code}" + (f"/{one.subcode}" if one.subcode else "")
    return Passed(
        key=f"g{one.number}",
        at=local(one.at),
        way="Graph API",
        what=f"{one.method} {one.path}",
        result=f"{one.status} in {one.ms} ms" + (error if one.code is not None else ""),
        good=one.code is None and one.status < 400,  # noqa: PLR2004 - HTTP's first error
        parts=(("Asked", one.asked), ("Answered", one.answered)),
    )
