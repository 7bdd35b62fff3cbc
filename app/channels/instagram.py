"""Instagram Direct, in both flavours: linked to a Facebook Page, and with Instagram Login.

Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks,
developers.facebook.com/documentation/instagram-platform/webhooks/examples.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from app.channels import content, messaging
from app.channels.base import Item, Limits, WindowPolicy
from app.channels.events import (
    Event,
    MessageEchoed,
    MessageReceived,
    Postback,
    TestReceived,
    Unknown,
)
from app.channels.values import identifier, mapping, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.channels.messaging import Framed

NO_DEED = frozenset(
    {
        "read",
        "delivery",
        "pass_thread_control",
        "take_thread_control",
        "request_thread_control",
        "app_roles",
        "comments",
        "live_comments",
        "mentions",
        "story_insights",
        "empty",
    }
)
"""Items that are no deed of the customer in a conversation."""


class Instagram:
    """The Instagram channel; implements :class:`app.channels.base.Channel`."""

    kind: ClassVar[str] = "instagram"
    objects: ClassVar[frozenset[str]] = frozenset({"instagram"})
    window: ClassVar[WindowPolicy] = WindowPolicy(timedelta(hours=24), human=timedelta(days=7))
    limits: ClassVar[Limits] = Limits(text=1000, text_unit="bytes")

    def parse(self, body: dict[str, Any]) -> Iterator[Item]:
        """Yield every item of one webhook object, in order. Total: never raises on odd input."""
        for framed in messaging.walk(body):
            yield Item(framed.path, _event(framed))


def _event(framed: Framed) -> Event:
    if framed.test:
        return TestReceived(
            account=framed.account, person=None, occurred_at=framed.occurred_at, name=framed.name
        )
    if framed.person is None or framed.name in NO_DEED:
        return _unknown(framed, framed.name, visible=False)
    if framed.person == framed.account or mapping(framed.value.get("message")).get("is_self"):
        # The business wrote to itself: there is no customer to open a conversation with.
        return _unknown(framed, "is_self", visible=False)
    if framed.name == "message":
        return _message(framed, mapping(framed.value["message"]))
    if framed.name == "postback":
        return _postback(framed, mapping(framed.value["postback"]))
    return _unknown(framed, framed.name)


def _message(framed: Framed, message: dict[str, Any]) -> Event:
    if message.get("is_deleted"):
        # It carries the id of the message it takes back: never a message of its own.
        return _unknown(framed, "is_deleted")
    external_id = identifier(message.get("mid"))
    found = content.read(message)
    if external_id is None or found.kind is None:
        return _unknown(framed, (*found.unknown, "message")[0], external_id=external_id)
    if framed.by_us:
        return MessageEchoed(
            account=framed.account,
            person=framed.person,
            occurred_at=framed.occurred_at,
            external_id=external_id,
            kind=found.kind,
            text=found.text,
            files=found.files,
            reply_to=found.reply_to,
            app_id=identifier(message.get("app_id")),
        )
    return MessageReceived(
        account=framed.account,
        person=framed.person,
        occurred_at=framed.occurred_at,
        external_id=external_id,
        kind=found.kind,
        text=found.text,
        files=found.files,
        reply_to=found.reply_to,
        details=_details(framed, message, found),
    )


def _details(framed: Framed, message: dict[str, Any], found: content.Content) -> dict[str, Any]:
    """Return what came with a message beside its text and files; absent parts are left out."""
    details = {
        "quick_reply": words(mapping(message.get("quick_reply")).get("payload")),
        "referral": mapping(message.get("referral")),
        "story": found.story,
        "unsupported": list(found.unknown),
        "standby": framed.standby,
    }
    return {name: value for name, value in details.items() if value}


def _postback(framed: Framed, postback: dict[str, Any]) -> Event:
    payload = words(postback.get("payload"))
    title = words(postback.get("title")) or payload
    external_id = identifier(postback.get("mid"))
    if title is None:
        return _unknown(framed, "postback", external_id=external_id)
    return Postback(
        account=framed.account,
        person=framed.person,
        occurred_at=framed.occurred_at,
        external_id=external_id,
        title=title,
        payload=payload,
    )


def _unknown(
    framed: Framed, name: str, *, external_id: str | None = None, visible: bool = True
) -> Unknown:
    return Unknown(
        account=framed.account,
        person=framed.person,
        occurred_at=framed.occurred_at,
        name=name,
        external_id=external_id,
        visible=visible,
        by_us=framed.by_us,
    )
