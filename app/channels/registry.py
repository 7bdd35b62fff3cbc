"""The channels there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.channels.base import Channel, Item
from app.channels.events import Unknown
from app.channels.instagram import Instagram
from app.channels.values import label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHANNELS: dict[str, Channel] = {channel.kind: channel for channel in (Instagram(),)}
"""Every channel by its kind."""


def channel(kind: str) -> Channel:
    """Return the channel of ``kind``. Raises KeyError where there is none."""
    return CHANNELS[kind]


def for_object(name: object) -> Channel | None:
    """Return the channel that understands webhooks whose ``object`` is ``name``, or None."""
    return next((one for one in CHANNELS.values() if name in one.objects), None)


def items(objects: Sequence[dict[str, Any]]) -> Iterator[tuple[Channel | None, Item]]:
    """Yield every item of a webhook body with its channel, in order. Never raises on odd input.

    ``objects`` is what ``body.read`` gave; each item's path starts with the index of its object.
    An object that no channel understands is one item without a channel.
    """
    for index, body in enumerate(objects):
        understood = for_object(name) if isinstance(name := body.get("object"), str) else None
        for item in understood.parse(body) if understood else [_not_ours(body)]:
            yield understood, replace(item, path=f"{index}.{item.path}".rstrip("."))


def _not_ours(body: dict[str, Any]) -> Item:
    name = label(body.get("object"), "no_object")
    return Item("", Unknown(account="", person=None, occurred_at=None, name=name, visible=False))
