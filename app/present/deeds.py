"""What can be done about a message that was not sent: what helps stands first."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from app.models.states import NEEDS_ATTENTION, MessageStatus
from app.present.doubts import Question

AT_HAND = 2
"""So many buttons stand beside the menu in one row, on a phone too."""


class Deed(StrEnum):
    """Something a person can do about such a message."""

    RETRY = "retry"
    EDIT = "edit"
    DISCARD = "discard"
    ARRIVED = "arrived"
    COPY = "copy"
    DETAILS = "details"


class Deeds(NamedTuple):
    """What can be done: buttons in the bubble, and the others in its menu."""

    at_hand: tuple[Deed, ...] = ()
    more: tuple[Deed, ...] = ()


_FAILED = (Deed.RETRY, Deed.EDIT, Deed.DISCARD, Deed.COPY, Deed.DETAILS)
_IN_DOUBT = (Deed.ARRIVED, Deed.RETRY, Deed.DISCARD, Deed.COPY, Deed.DETAILS)
_WAITS = (Deed.DISCARD, Deed.COPY)
_BEING_LOOKED_FOR = (Deed.COPY, Deed.DETAILS)
_HELPS = {"permanent": (Deed.EDIT, Deed.DISCARD), "recipient": (Deed.COPY, Deed.DISCARD)}
"""What helps first against a class of Meta's errors; against the others, to try again."""


def deeds(
    status: str, kind: str, question: Question | None, *, is_blocked: bool, is_slowed: bool
) -> Deeds:
    """Return what can be done about a message of this ``status``, in the order in which it helps.

    ``kind`` is the class of Meta's error (see :mod:`app.channels.meanings`). ``question`` is set
    for a message that may have been sent. ``is_blocked`` says that nothing can be sent now,
    ``is_slowed`` that what is queued waits by Meta's wish.
    """
    if status == MessageStatus.HELD or (status == MessageStatus.QUEUED and is_slowed):
        return Deeds(_WAITS)
    if status not in NEEDS_ATTENTION:
        return Deeds()
    if question is None:
        return _ordered((Deed.COPY, Deed.DISCARD) if is_blocked else _HELPS.get(kind, ()), _FAILED)
    if not question.is_asked:
        return Deeds(_BEING_LOOKED_FOR)
    return _ordered((Deed.ARRIVED, Deed.DISCARD) if is_blocked else (), _IN_DOUBT)


def _ordered(first: tuple[Deed, ...], known: tuple[Deed, ...]) -> Deeds:
    found = (*first, *(one for one in known if one not in first))
    return Deeds(found[:AT_HAND], found[AT_HAND:])
