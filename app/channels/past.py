"""What Meta holds of conversations, as its Conversations API tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class PastConversation:
    """A conversation as Meta lists it: when it changed last, and the ids of all who are in it."""

    external_id: str
    changed_at: datetime
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A page of conversations; ``next_after`` leads to the next one, None where this is the last.

    A page may be empty and yet lead on.
    """

    conversations: tuple[PastConversation, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message that Meta holds of a conversation with ``person``.

    ``external_id`` is the id that its webhook gives it. ``occurred_at`` is Meta's time in whole
    seconds. ``raw`` is the message as Meta gave it. ``after_gap`` says that earlier ones may be
    missing, which Meta does not give any more.
    """

    external_id: str
    occurred_at: datetime
    person: str
    by_us: bool
    text: str | None
    raw: dict[str, Any]
    after_gap: bool = False
