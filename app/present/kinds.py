"""What a message without text is, in words."""

from __future__ import annotations

from app.locale import N_
from app.locale import gettext as _

_WORDS = {
    "image": N_("Photo"),
    "video": N_("Video"),
    "audio": N_("Voice message"),
    "file": N_("File"),
    "sticker": N_("Sticker"),
    "share": N_("Shared a post"),
    "story_mention": N_("Mentioned you in their story"),
    "story_reply": N_("Replied to your story"),
    "postback": N_("Tapped a button"),
    "template": N_("Message with buttons"),
}


def describe(kind: str) -> str:
    """Return a message kind in words."""
    return _(_WORDS.get(kind) or N_("Unsupported message"))


def describe_file(kind: str) -> str:
    """Return the kind of an attachment in words."""
    return _("Shared content") if kind == "share" else describe(kind)
