"""What a customer can do on the phone beside writing, as buttons."""

from dataclasses import dataclass, field
from typing import Any

from simulator.platforms.base import Action

UNSUPPORTED = "Inlet shows this as unsupported for now."
HIDDEN = "Inlet shows nothing of this."


@dataclass(frozen=True)
class Deed:
    """A button: what it says, the action behind it, and how the inbox takes it if not fully.

    `file` is the kind of file of ours that the action points to. `said` is told when it is done.
    """

    key: str
    label: str
    said: str
    action: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    note: str = ""

    def as_action(self, base: str, stamp: int, mid: str | None = None) -> Action:
        """The action; `base` is our own address, `stamp` makes its file another than the last."""
        url = f"{base}cdn/{self.key}-{stamp}.{self.file}" if self.file else None
        return Action(kind=self.action.get("kind", self.key), url=url, mid=mid, **self._more())

    def _more(self) -> dict[str, Any]:
        return {key: value for key, value in self.action.items() if key != "kind"}


MENU: dict[str, tuple[Deed, ...]] = {
    "Send": (
        Deed("photo", "A photo", "A photo was sent.", {"kind": "attachment"}, "png"),
        Deed(
            "voice",
            "A voice message",
            "A voice message was sent.",
            {"kind": "attachment", "type": "audio"},
            "wav",
        ),
        Deed("like", "A heart sticker", "A heart was sent."),
        Deed(
            "share",
            "A post of the shop",
            "A post was shared into the chat.",
            {"text": "New in: cobalt bowls"},
            "png",
        ),
    ),
    "Stories": (
        Deed(
            "story_reply",
            "Reply to the shop's story",
            "The story was answered.",
            {"text": "Love this one! Is it still for sale?"},
            "png",
        ),
        Deed(
            "story_mention",
            "Mention the shop in a story",
            "The shop was mentioned in a story.",
            file="png",
        ),
    ),
    "Ways into the chat": (
        Deed(
            "ice_breaker",
            "Tap the question “Opening hours?”",
            "The question was tapped (an ice breaker, which is a postback).",
        ),
        Deed(
            "quick_reply",
            "Tap the quick reply “Blue”",
            "The quick reply was tapped.",
            {"text": "Blue", "payload": "COLOUR_BLUE"},
        ),
        Deed(
            "ad",
            "Come from an ad and write",
            "Written from the ad “Autumn bowls”.",
            {"text": "Is the bowl from your ad available?", "title": "Autumn bowls"},
            "png",
        ),
        Deed(
            "referral",
            "Come back by an ig.me link",
            "Came back by the link ig.me/…?ref=summer. The phone shows nothing of it.",
            note=UNSUPPORTED,
        ),
    ),
    "What programs cannot read": (
        Deed(
            "ephemeral",
            "A disappearing photo",
            "A disappearing photo was sent.",
            {},
            "",
            UNSUPPORTED,
        ),
        Deed("unsupported", "A poll", "A poll was sent.", {}, "", UNSUPPORTED),
        Deed(
            "future",
            "A kind that does not exist yet",
            "Something new was sent, of a type that nobody knows.",
            {},
            "",
            UNSUPPORTED,
        ),
    ),
}
"""The menu beside the field, in groups."""

ABOUT_A_MESSAGE: tuple[Deed, ...] = (
    Deed("reaction", "React", "Reacted.", note=UNSUPPORTED),
    Deed("unreact", "Take the reaction back", "The reaction was taken back.", note=UNSUPPORTED),
    Deed("reply", "Answer this message", "Answered."),
    Deed("edit", "Edit", "Edited.", note=UNSUPPORTED),
    Deed("unsend", "Unsend", "The message was unsent.", note=UNSUPPORTED),
    Deed("seen", "Mark as seen", "Meta told the inbox that it was seen.", note=HIDDEN),
)
"""What can be done to one bubble."""

DEEDS = {deed.key: deed for deeds in (*MENU.values(), ABOUT_A_MESSAGE) for deed in deeds}

REACTIONS = {"❤️": "love", "😂": "laugh", "👍": "like", "😮": "wow", "😢": "sad"}
"""Emoji and Meta's word for each.

Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks.
"""
