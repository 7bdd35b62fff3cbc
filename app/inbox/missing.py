"""Which messages of a conversation at Meta are missing here, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app import clock
from app.channels.past import PastMessage

SECOND = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def missing(
    messages: Sequence[PastMessage], known: Mapping[str, int], since: datetime, most: int
) -> list[PastMessage]:
    """Return those of ``messages``, oldest first, that came ``since`` then and are not ``known``.

    ``known`` are the places in ms of those that are here, ``most`` is how many messages of a
    conversation Meta gives. Where it gave so many and the oldest of them is missing, earlier ones
    may be missing too: that one says so.
    """
    found = [
        one
        for one in _placed(messages, known)
        if one.external_id not in known and one.occurred_at >= since
    ]
    if found and len(messages) >= most and found[0].external_id == messages[0].external_id:
        found[0] = replace(found[0], after_gap=True)
    return found


def _placed(messages: Sequence[PastMessage], known: Mapping[str, int]) -> list[PastMessage]:
    """Keep Meta's order within a second: its history tells no milliseconds, webhooks do."""
    placed, last = [], 0
    for one in messages:
        begin = clock.milliseconds(one.occurred_at)
        at = known.get(one.external_id, begin)
        if one.external_id not in known and begin <= last < begin + SECOND:
            at = last + 1
        last = max(at, last)
        moment = one.occurred_at if at == begin else _EPOCH + timedelta(milliseconds=at)
        placed.append(replace(one, occurred_at=moment))
    return placed
