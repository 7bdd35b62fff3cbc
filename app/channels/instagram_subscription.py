"""Subscribing an Instagram account to the app, so that Meta delivers its messages.

Source: developers.facebook.com/docs/graph-api/reference/page/subscribed_apps,
developers.facebook.com/documentation/instagram-platform/webhooks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.channels.faults import Permanent
from app.channels.instagram_token import FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.channels.base import Credentials
    from app.channels.graph import Graph

WANTED = {
    "facebook": ("messages", "messaging_postbacks"),
    "instagram": ("messages", "messaging_postbacks", "message_reactions"),
}
"""Fields by login; a Page has names of its own, and refuses those that only Instagram has."""

_REFUSED = re.compile(r"subscribed_fields\[(\d+)\]")
_INVALID = 100


def subscribe(graph: Graph, who: Credentials, present: Collection[str]) -> frozenset[str]:
    """Subscribe the account to the fields that the inbox needs, and return which it has then.

    ``present`` are those that it has: the call replaces them all. A field that Meta refuses is
    left out, unless nothing would arrive without it. Raises a :class:`SendError`.
    """
    fields = [*WANTED[who.login], *sorted(set(present) - set(WANTED[who.login]))]
    while True:
        try:
            body = {"subscribed_fields": ",".join(fields)}
            graph.call("POST", "me/subscribed_apps", who, json=body)
        except Permanent as error:
            refused = _refused(error, fields)
            if refused is None or refused in FIELDS:
                raise
            fields.remove(refused)
        else:
            return frozenset(fields)


def _refused(error: Permanent, fields: list[str]) -> str | None:
    """Return the field that Meta's words name by its place."""
    found = _REFUSED.search(error.fault.message) if error.fault.code == _INVALID else None
    place = int(found[1]) if found else len(fields)
    return fields[place] if place < len(fields) else None
