"""How a customer is named and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.inbox.lines import Line
from app.locale import gettext as _
from app.models import Conversation, User

HUES = 10
LAST_DIGITS = 4
CHANNEL_NAMES = {"instagram": "Instagram", "whatsapp": "WhatsApp", "messenger": "Messenger"}


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be given work; ``id`` None is nobody."""

    id: int | None
    name: str
    is_me: bool = False


def colleagues(found: Sequence[User], my_id: int | None) -> list[Colleague]:
    """Return who can be given work: me first, then nobody, then the others in their order."""
    me = [Colleague(one.id, one.name, is_me=True) for one in found if one.id == my_id]
    others = [Colleague(one.id, one.name) for one in found if one.id != my_id]
    return [*me, Colleague(None, _("Nobody")), *others]


def name_of(conversation: Conversation) -> str:
    """Return what the customer of a conversation is called."""
    contact, identity = conversation.contact, conversation.identity
    return named(contact.name, contact.username, conversation.channel, identity.value)


def named(name: str | None, username: str | None, channel: str, identity: str) -> str:
    """Return a customer's name, else the username, else what is left: the end of their id."""
    if name or username:
        return name or f"@{username}"
    return _(
        "%(channel)s user …%(digits)s",
        channel=CHANNEL_NAMES.get(channel, channel),
        digits=identity[-LAST_DIGITS:],
    )


def handle_of(conversation: Conversation) -> str | None:
    """Return "@username" where it says more than the name does."""
    contact = conversation.contact
    return f"@{contact.username}" if contact.name and contact.username else None


def initials(name: str) -> str:
    """Return one or two letters that stand for ``name``; "?" where it has none."""
    words = [letters for word in name.split() if (letters := [c for c in word if c.isalnum()])]
    # In title case, not upper case: Georgian capitals are in hardly any font.
    return "".join(letters[0].title() for letters in words[:2]) or "?"


def hue_of(conversation: Conversation | Line) -> str:
    """Return the CSS class of the customer's colour."""
    return f"h{conversation.contact_id % HUES}"
