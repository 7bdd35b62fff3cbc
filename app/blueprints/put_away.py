"""What a person has put away lately, so that undoing it brings back the unread count too."""

from __future__ import annotations

from flask import session

MOST = 5
_KEY = "put_away"


def note(conversation_id: int, unread: int) -> None:
    """Keep how many messages were unread when the conversation was put away."""
    session[_KEY] = [[conversation_id, unread], *_others(conversation_id)][:MOST]


def take(conversation_id: int) -> int:
    """Return how many messages were unread then, once; 0 where it is not known."""
    known = dict(session.get(_KEY, ()))
    session[_KEY] = _others(conversation_id)
    return int(known.get(conversation_id, 0))


def _others(conversation_id: int) -> list[list[int]]:
    return [one for one in session.get(_KEY, ()) if one[0] != conversation_id]
