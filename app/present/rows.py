"""The conversation list: its tabs and rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from app.models import Conversation
from app.models.states import Direction, MessageStatus
from app.present.chips import Chip, window_chip
from app.present.kinds import describe
from app.present.people import CHANNEL_NAMES, hue_of, initials, name_of
from app.present.times import ago, exact

PENDING = frozenset({MessageStatus.QUEUED, MessageStatus.HELD, MessageStatus.SENDING})


@dataclass(frozen=True, slots=True)
class Tab:
    """One channel, or all (``channel`` None), with how many conversations are unread."""

    channel: str | None
    name: str
    unread: int


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation in the list. ``state`` is "", "failed", "unconfirmed" or "pending"."""

    id: int
    channel: str
    name: str
    initials: str
    hue: str
    ago: str
    exact: str
    iso: str
    preview: str
    state: str
    is_ours: bool
    chip: Chip
    unread: int
    attention: int


def tabs(unread: Mapping[str, int]) -> list[Tab]:
    """Return the tabs: all channels, then each."""
    everything = Tab(None, _("All"), sum(unread.values()))
    return [
        everything,
        *(Tab(channel, name, unread.get(channel, 0)) for channel, name in CHANNEL_NAMES.items()),
    ]


def row(conversation: Conversation, now: datetime) -> Row:
    """Return a conversation as a row of the list."""
    name = name_of(conversation)
    moment = conversation.last_message_at or conversation.created_at
    return Row(
        id=conversation.id,
        channel=conversation.channel,
        name=name,
        initials=initials(name),
        hue=hue_of(conversation),
        ago=ago(moment, now),
        exact=exact(moment),
        iso=moment.isoformat(),
        preview=conversation.preview or describe(conversation.preview_kind),
        state=_state(conversation),
        is_ours=conversation.preview_direction == Direction.OUTBOUND,
        chip=window_chip(conversation, now),
        unread=conversation.unread_count,
        attention=conversation.attention_count,
    )


def _state(conversation: Conversation) -> str:
    status = conversation.preview_status
    if status in (MessageStatus.FAILED, MessageStatus.UNCONFIRMED, MessageStatus.DISCARDED):
        return status
    return "pending" if status in PENDING else ""
