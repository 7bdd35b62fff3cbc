"""What a message without text is, in words."""

from __future__ import annotations

from app.locale import gettext as _


def describe(kind: str) -> str:
    """Return a message kind in words."""
    return {
        "image": _("Photo"),
        "video": _("Video"),
        "audio": _("Voice message"),
        "file": _("File"),
        "sticker": _("Sticker"),
        "share": _("Shared a post"),
        "story_mention": _("Mentioned you in their story"),
        "story_reply": _("Replied to your story"),
        "postback": _("Tapped a button"),
        "template": _("Message with buttons"),
    }.get(kind, _("Unsupported message"))


def describe_file(kind: str) -> str:
    """Return the kind of an attachment in words."""
    return {"share": _("Shared content")}.get(kind) or describe(kind)
