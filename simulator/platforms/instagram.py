"""Instagram Direct, both flavours: Facebook Login (Page-linked) and Instagram Login.

Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks,
…/instagram-messaging/features/send-message and …/instagram-platform/webhooks/examples.
"""

import zlib
from collections.abc import Callable
from typing import Any

from simulator import identifiers
from simulator.errors import GraphError, invalid
from simulator.model import Account, Contact, Customer, Message
from simulator.platforms import instagram_past
from simulator.platforms.base import Action, Format, Item, Payload

TEXT_LIMIT_BYTES = 1000
BAD_CONTENT = 2534015
FORWARD = {"sim_unknown_key": "clients ignore what they do not know"}


def _attached(action: Action, mid: str) -> Item:
    payload = {"url": action.url or "", **FORWARD}
    return _message(mid, attachments=[{"type": action.type, "payload": payload}])


def _message(mid: str, **parts: object) -> Item:
    return {"message": {"mid": mid, **parts, **FORWARD}}


def _text(action: Action, mid: str, **parts: object) -> Item:
    return _message(mid, text=action.text or "", **parts)


def _story_reply(action: Action, mid: str) -> Item:
    story = {"id": identifiers.digits(17, "180")} | ({"url": action.url} if action.url else {})
    return _text(action, mid, reply_to={"story": story})


def _story_mention(action: Action, mid: str) -> Item:
    return _attached(action.model_copy(update={"type": "story_mention"}), mid)


def _share(action: Action, mid: str) -> Item:
    payload = {
        "ig_post_media_id": identifiers.digits(17, "180"),
        "title": action.text or "",
        "url": action.url or "",
    }
    return _message(mid, attachments=[{"type": "ig_post", "payload": payload}])


def _ad(action: Action, mid: str) -> Item:
    referral = {
        "ref": action.ref,
        "ad_id": identifiers.digits(17),
        "source": "ADS",
        "type": "OPEN_THREAD",
        "ads_context_data": {"ad_title": action.title, "photo_url": action.url or ""},
    }
    return _text(action, mid, referral=referral)


def _postback(action: Action, mid: str) -> Item:
    return {"postback": {"mid": mid, "title": action.title, "payload": action.payload, **FORWARD}}


def _future(action: Action, mid: str) -> Item:
    """A kind that no client knows yet; Meta adds some every year."""
    payload = {"hologram_id": identifiers.digits(17, "180"), "url": action.url or "", **FORWARD}
    return _message(mid, attachments=[{"type": "hologram", "payload": payload}])


def _referral(action: Action, mid: str) -> Item:  # noqa: ARG001 - has no mid of its own
    return {"referral": {"ref": action.ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}}


def _react(action: Action, mid: str) -> Item:  # noqa: ARG001 - names the other message
    what = {"action": "react", "reaction": action.reaction, "emoji": action.emoji}
    return {"reaction": {"mid": action.mid, **what, **FORWARD}}


def _edit(action: Action, mid: str) -> Item:  # noqa: ARG001 - names the other message
    what = {"text": action.text or "", "num_edit": action.num_edit}
    return {"message_edit": {"mid": action.mid, **what, **FORWARD}}


_BUILDERS: dict[str, Callable[[Action, str], Item]] = {
    "text": _text,
    "attachment": _attached,
    "reply": lambda a, mid: _text(a, mid, reply_to={"mid": a.mid}),
    "quick_reply": lambda a, mid: _text(a, mid, quick_reply={"payload": a.payload}),
    "story_reply": _story_reply,
    "story_mention": _story_mention,
    "share": _share,
    "ad": _ad,
    "like": lambda _, mid: _message(mid, attachments=[{"type": "like_heart"}]),
    "ephemeral": lambda _, mid: _message(mid, attachments=[{"type": "ephemeral"}]),
    "unsupported": lambda _, mid: _message(mid, is_unsupported=True),
    "future": _future,
    "postback": _postback,
    "ice_breaker": _postback,
    "referral": _referral,
    "reaction": _react,
    "unreact": lambda a, _: {"reaction": {"mid": a.mid, "action": "unreact", **FORWARD}},
    "seen": lambda a, _: {"read": {"mid": a.mid, **FORWARD}},
    "unsend": lambda a, _: {"message": {"mid": a.mid, "is_deleted": True, **FORWARD}},
    "edit": _edit,
    "raw": lambda a, _: dict(a.raw or {}),
}


class Instagram:
    """Implements `Platform`."""

    about = frozenset({"reply", "reaction", "unreact", "seen", "unsend", "edit"})
    opens_window = frozenset(_BUILDERS) - {"unreact", "seen", "unsend", "edit", "referral"}

    def kinds(self) -> tuple[str, ...]:
        return tuple(_BUILDERS)

    def new_mid(self, *, long: bool) -> str:
        return identifiers.instagram_mid(long=long)

    def item(self, action: Action, mid: str) -> Item:
        return _BUILDERS[action.kind](action, mid)

    def echo(self, mid: str, message: Payload) -> Item:
        parts = {key: message[key] for key in ("text", "attachments") if key in message}
        if "attachment" in message:
            parts["attachments"] = [message["attachment"]]
        return _message(mid, **parts, is_echo=True)

    def addressed(self, account: Account, contact: Contact, item: Item, at_ms: int) -> Item:
        customer, business = {"id": contact.igsid}, {"id": account.instagram_id}
        echo = bool(item.get("message", {}).get("is_echo"))
        sender, recipient = (business, customer) if echo else (customer, business)
        return {"sender": sender, "recipient": recipient, "timestamp": at_ms, **item, **FORWARD}

    def body(self, entries: list[tuple[Account, list[Item]]], now_ms: int, form: Format) -> Payload:
        framed = [
            {"id": account.instagram_id, "time": now_ms, **self._frame(items, form), **FORWARD}
            for account, items in entries
        ]
        return {"object": "instagram", "entry": framed, **FORWARD}

    def _frame(self, items: list[Item], form: Format) -> Payload:
        if form == "changes":
            return {"changes": [{"field": "messages", "value": item} for item in items]}
        return {form: items}

    def test_payload(self, form: Format, now_ms: int) -> Payload:
        item: Item = {
            "sender": {"id": "12334"},
            "recipient": {"id": "23245"},
            "timestamp": "1527459824",
            "message": {"mid": "random_mid", "text": "random_text"},
        }
        entry = {"id": "0", "time": now_ms // 1000, **self._frame([item], form)}
        return {"object": "instagram", "entry": [entry]}

    def check_message(self, message: object) -> None:
        if not isinstance(message, dict):
            raise GraphError(invalid("Invalid parameter: message must be an object"))
        if "text" in message:
            _check_text(message["text"])
        elif not (message.get("attachment") or message.get("attachments")):
            raise GraphError(invalid("Invalid message data: the message is empty", BAD_CONTENT))
        elif not all(isinstance(one, dict) and one.get("type") for one in _attachments(message)):
            raise GraphError(invalid("Invalid message data: attachment", BAD_CONTENT))

    def answer(self, contact: Contact, mid: str | None) -> Payload:
        message = {"message_id": mid} if mid else {}
        return {"recipient_id": contact.igsid, **message, **FORWARD}

    def profile(self, contact: Contact, customer: Customer, picture: str) -> Payload:
        return {
            "name": customer.name,
            "username": customer.username,
            "profile_pic": picture,
            "follower_count": followers(customer),
            "is_user_follow_business": True,
            "is_business_follow_user": False,
            "is_verified_user": False,
            "id": contact.igsid,
        }

    def past(self, message: Message) -> Payload:
        return instagram_past.past(message)

    def account(self, account: Account, picture: str) -> Payload:
        return {
            "id": account.instagram_id if account.login == "facebook" else account.app_scoped_id,
            "user_id": account.instagram_id,
            "username": account.username,
            "name": account.name,
            "account_type": "BUSINESS",
            "profile_picture_url": picture,
        }


def followers(customer: Customer) -> int:
    """As many as the world says, else a number that follows from the username."""
    if customer.followers is not None:
        return customer.followers
    return 40 + zlib.crc32(customer.username.encode()) % 4000


def _attachments(message: Payload) -> list[Any]:
    several = message.get("attachments")
    return several if isinstance(several, list) else [message.get("attachment")]


def _check_text(text: object) -> None:
    """1000 bytes of UTF-8, not characters: 250 emoji."""
    if not isinstance(text, str) or not text.strip():
        raise GraphError(invalid("Invalid message data: the text is empty", BAD_CONTENT))
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_LIMIT_BYTES:
        text = f"Length of param message[text] must be at most {TEXT_LIMIT_BYTES} bytes"
        raise GraphError(invalid(text, BAD_CONTENT))
