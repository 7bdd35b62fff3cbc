"""How a message of ours stands: an icon, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass

from app.locale import N_
from app.locale import gettext as _
from app.models.states import MessageStatus

_LOOKS = {
    MessageStatus.QUEUED: ("clock", N_("Waiting to be sent")),
    MessageStatus.HELD: ("pause", N_("Held until the account is connected again")),
    MessageStatus.SENDING: ("sending", N_("Sending")),
    MessageStatus.SENT: ("sent", N_("Sent")),
    MessageStatus.DELIVERED: ("delivered", N_("Delivered")),
    MessageStatus.READ: ("delivered", N_("Read")),
    MessageStatus.PLAYED: ("delivered", N_("Played")),
    MessageStatus.FAILED: ("warn", N_("Not sent")),
    MessageStatus.UNCONFIRMED: ("unsure", N_("Unconfirmed")),
    MessageStatus.DISCARDED: ("gone", N_("Discarded, not sent")),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """How our own message stands: its icon, and the same in words."""

    status: str
    icon: str
    words: str


def sent(status: str) -> Sent:
    """Return how a message with this status stands."""
    icon, words = _LOOKS[MessageStatus(status)]
    return Sent(status, icon, _(words))
