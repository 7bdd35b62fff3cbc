"""What the Conversations API tells of an Instagram message beside its text.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/conversations.
"""

from typing import Any

from simulator.model import Message
from simulator.platforms.base import Payload

SHARED = {"share", "ig_post", "ig_reel", "ig_story"}


def past(message: Message) -> Payload:
    """Attachments, shares, story and reactions in the shapes of that API, where there are any."""
    attachments = [one for raw in message.attachments if (one := _attachment(raw))]
    shares = [_share(raw) for raw in message.attachments if raw.get("type") in SHARED]
    mention = next((one for one in message.attachments if one.get("type") == "story_mention"), None)
    nothing = not (message.text or attachments or shares or mention)
    found: dict[str, Any] = {
        "attachments": {"data": attachments} if attachments else None,
        "shares": {"data": shares} if shares else None,
        "story": {"mention": {"link": _url(mention), "id": "180"}} if mention else None,
        "reactions": {"data": [{"reaction": message.reaction}]} if message.reaction else None,
        "is_unsupported": True if nothing else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _attachment(raw: dict[str, Any]) -> Payload | None:
    url = _url(raw)
    match raw.get("type"):
        case "image":
            size = {"width": 640, "height": 480, "max_width": 640, "max_height": 480}
            return {"image_data": {**size, "url": url, "preview_url": url}}
        case "video":
            return {"video_data": {"width": 640, "height": 480, "url": url, "preview_url": url}}
        case "audio":
            return {"mime_type": "audio/mp4", "name": "audio.mp4", "size": 1, "file_url": url}
        case "file":
            return {"mime_type": "application/pdf", "name": "f.pdf", "size": 1, "file_url": url}
        case "template":
            elements = _payload(raw).get("generic", {}).get("elements") or [{}]
            return {"generic_template": elements[0]}
    return None


def _share(raw: dict[str, Any]) -> Payload:
    return {"link": _url(raw), "name": _payload(raw).get("title") or "", "id": "180"}


def _url(raw: dict[str, Any]) -> str:
    return str(_payload(raw).get("url") or "")


def _payload(raw: dict[str, Any]) -> dict[str, Any]:
    payload = raw.get("payload")
    return payload if isinstance(payload, dict) else {}
