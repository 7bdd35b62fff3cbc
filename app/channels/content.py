"""What a message of Instagram or Messenger says: its kind, text and files.

Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.channels.events import ReceivedFile
from app.channels.values import identifier, label, mapping, mappings, words

_MEDIA = {"image": "image", "video": "video", "audio": "audio", "file": "file"}
_LINKED = {
    "share": "share",
    "ig_post": "share",
    "ig_reel": "share",
    "reel": "share",
    "ig_story": "share",
    "story": "share",
    "story_mention": "story_mention",
    "like_heart": "sticker",
    "template": "template",
}
_KINDS = _MEDIA | _LINKED


@dataclass(frozen=True, slots=True)
class Content:
    """What was read from a message.

    ``kind`` is a message kind of ours, or None where nothing in the message is known; then
    ``unknown`` holds Meta's names of what is not, the first being the one to show.
    """

    kind: str | None
    text: str | None
    files: tuple[ReceivedFile, ...]
    reply_to: str | None
    story: dict[str, Any]
    unknown: tuple[str, ...]


def read(message: dict[str, Any]) -> Content:
    """Return what ``message`` says. Total: odd parts are left out or named in ``unknown``."""
    attachments = mappings(message.get("attachments"))
    reply_to = mapping(message.get("reply_to"))
    story = mapping(reply_to.get("story"))
    text = words(message.get("text")) or _titles(attachments)
    return Content(
        kind=_kind(attachments, text, story),
        text=text,
        files=(*_story_file(story), *_files(attachments)),
        reply_to=identifier(reply_to.get("mid")),
        story=story,
        unknown=_unknown(message, attachments),
    )


def _kind(attachments: list[dict[str, Any]], text: str | None, story: dict[str, Any]) -> str | None:
    known = [_KINDS[_type(one)] for one in attachments if _type(one) in _KINDS]
    if story and (text or known):
        return "story_reply"
    return known[0] if known else "text" if text else None


def _files(attachments: list[dict[str, Any]]) -> list[ReceivedFile]:
    """Media are files even when Meta withholds the address; what is linked only with one."""
    files = []
    for one in attachments:
        payload = mapping(one.get("payload"))
        url = words(payload.get("url")) or words(payload.get("story_media_url"))
        if _type(one) in _MEDIA or (url and _type(one) in _LINKED):
            kind = _MEDIA.get(_type(one)) or ("sticker" if _type(one) == "like_heart" else "share")
            files.append(ReceivedFile(kind=kind, url=url, title=words(payload.get("title"))))
    return files


def _story_file(story: dict[str, Any]) -> list[ReceivedFile]:
    url = words(story.get("url"))
    return [ReceivedFile(kind="share", url=url)] if url else []


def _titles(attachments: list[dict[str, Any]]) -> str | None:
    """Return the titles of a template, which is all the text that it has."""
    elements = [
        element
        for one in attachments
        for element in mappings(mapping(mapping(one.get("payload")).get("generic")).get("elements"))
    ]
    titles = [title for element in elements if (title := words(element.get("title")))]
    return "\n".join(titles) or None


def _unknown(message: dict[str, Any], attachments: list[dict[str, Any]]) -> tuple[str, ...]:
    flag = ["is_unsupported"] if message.get("is_unsupported") else []
    return (*flag, *(_type(one) for one in attachments if _type(one) not in _KINDS))


def _type(attachment: dict[str, Any]) -> str:
    return label(attachment.get("type"), "attachment")
