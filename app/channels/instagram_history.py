"""What an Instagram account has in its conversations at Meta, read over the Conversations API.

Meta gives details of the newest twenty messages of a conversation, and takes two calls a second
per account. A message has the id here that its webhook gives it.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/conversations,
developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/
conversations-api.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.channels.messaging import Framed
from app.channels.past import Changed, PastConversation, PastMessage
from app.channels.values import identifier, mapping, mappings, moment, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.channels.base import Credentials
    from app.channels.graph import Graph

OBJECT = "instagram_history"
"""The ``object`` of the bodies that :func:`body_of` makes; none of Meta's webhooks has it."""

NEWEST = 20
"""So many messages of a conversation have details."""

PAGE = 50
FIELDS = "id,created_time,from,to,message,attachments,shares,story,is_unsupported"


def changed(graph: Graph, who: Credentials, since: datetime, after: str | None = None) -> Changed:
    """Return a page of the conversations that changed at ``since`` or later, newest first.

    ``after`` is the ``next_after`` of the page before. Raises a :class:`SendError`.
    """
    params = {
        "platform": "instagram",
        "fields": "id,updated_time,participants",
        "limit": str(PAGE),
        **({"after": after} if after else {}),
    }
    answer = graph.call("GET", "me/conversations", who, params=params)
    found = [one for raw in mappings(answer.get("data")) if (one := _conversation(raw))]
    fresh = tuple(one for one in found if one.changed_at >= since)
    paging = mapping(answer.get("paging"))
    cursor = identifier(mapping(paging.get("cursors")).get("after"))
    leads_on = "next" in paging and len(fresh) == len(found)
    return Changed(fresh, cursor if leads_on else None)


def history(graph: Graph, who: Credentials, person: str) -> tuple[PastMessage, ...]:
    """Return the newest messages of the conversation with ``person``, oldest first.

    Twenty at most; none where there is no such conversation, or Meta does not show it (a
    request that nobody accepted for thirty days). Raises a :class:`SendError`.
    """
    params = {
        "platform": "instagram",
        "user_id": person,
        "fields": f"messages.limit({NEWEST}){{{FIELDS}}}",
    }
    answer = graph.call("GET", "me/conversations", who, params=params)
    conversations = mappings(answer.get("data"))
    raw = mapping(conversations[0].get("messages")).get("data") if conversations else []
    found = [message for one in mappings(raw) if (message := _message(one, person))]
    return tuple(reversed(found[:NEWEST]))


def body_of(account: str, messages: Sequence[PastMessage]) -> bytes:
    """Return messages of ``account`` as a body for the log, as a webhook could have brought them.

    The channel's ``parse`` reads it; each message is kept as Meta gave it.
    """
    items = [
        {
            "timestamp": round(one.occurred_at.timestamp() * 1000),
            "person": one.person,
            "after_gap": one.after_gap,
            "message": one.raw,
        }
        for one in messages
    ]
    body = {"object": OBJECT, "account": account, "items": items}
    return json.dumps(body, separators=(",", ":")).encode()


def walk(body: dict[str, Any]) -> Iterator[tuple[Framed, bool]]:
    """Yield every message of a body of :func:`body_of`, and whether it stands after a gap."""
    account = identifier(body.get("account")) or ""
    items = body.get("items")
    for index, one in enumerate(items if isinstance(items, list) else []):
        item = mapping(one)
        raw, person = mapping(item.get("message")), identifier(item.get("person"))
        author = _author(raw)
        framed = Framed(
            path=f"items.{index}",
            name="message",
            value={"message": _webhook_form(raw)},
            account=account,
            person=person,
            by_us=author is not None and author != person,
            occurred_at=moment(item.get("timestamp")),
            standby=False,
            test=False,
        )
        yield framed, item.get("after_gap") is True


def _webhook_form(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a message of the Conversations API in the shape in which a webhook brings one."""
    story = mapping(raw.get("story"))
    reply_to, mention = mapping(story.get("reply_to")), mapping(story.get("mention"))
    attachments = [
        *map(_attachment, _data(raw.get("attachments"))),
        *map(_share, _data(raw.get("shares"))),
        *([{"type": "story_mention", "payload": {"url": mention.get("link")}}] if mention else []),
    ]
    answered = {"id": reply_to.get("id"), "url": reply_to.get("link")}
    return {
        "mid": raw.get("id"),
        "text": raw.get("message"),
        "attachments": attachments,
        **({"reply_to": {"story": answered}} if reply_to else {}),
        "is_unsupported": raw.get("is_unsupported"),
    }


def _conversation(raw: dict[str, Any]) -> PastConversation | None:
    external_id, changed_at = identifier(raw.get("id")), _time(raw.get("updated_time"))
    if external_id is None or changed_at is None:
        return None
    members = (identifier(one.get("id")) for one in _data(raw.get("participants")))
    return PastConversation(external_id, changed_at, tuple(one for one in members if one))


def _message(raw: dict[str, Any], person: str) -> PastMessage | None:
    external_id, created_at = identifier(raw.get("id")), _time(raw.get("created_time"))
    if external_id is None or created_at is None:
        return None
    author = _author(raw)
    return PastMessage(
        external_id=external_id,
        occurred_at=created_at,
        person=person,
        by_us=author is not None and author != person,
        text=words(raw.get("message")),
        raw=raw,
    )


def _author(raw: dict[str, Any]) -> str | None:
    return identifier(mapping(raw.get("from")).get("id"))


def _attachment(raw: dict[str, Any]) -> dict[str, Any]:
    """Return an attachment as webhooks show it: by its type and the address of its file."""
    for kind in ("image", "video"):
        if data := mapping(raw.get(f"{kind}_data")):
            return {"type": kind, "payload": {"url": data.get("url")}}
    if "generic_template" in raw:
        return {"type": "template", "payload": {"generic": {"elements": [raw["generic_template"]]}}}
    if url := words(raw.get("file_url")):
        is_audio = str(raw.get("mime_type")).startswith("audio/")
        kind = "audio" if is_audio else "file"
        return {"type": kind, "payload": {"url": url, "title": raw.get("name")}}
    return {"type": "attachment"}


def _share(raw: dict[str, Any]) -> dict[str, Any]:
    return {"type": "share", "payload": {"url": raw.get("link"), "title": raw.get("name")}}


def _data(value: object) -> list[dict[str, Any]]:
    return mappings(mapping(value).get("data"))


def _time(value: object) -> datetime | None:
    """Return a time as the Conversations API writes it: "2026-11-20T10:00:00+0000"."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None
