"""Instagram Direct, in both flavours: linked to a Facebook Page, and with Instagram Login.

Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks,
developers.facebook.com/documentation/instagram-platform/webhooks/examples.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from app.channels import (
    content,
    instagram_history,
    instagram_subscription,
    instagram_token,
    messaging,
)
from app.channels.base import Item, Limits, Profile, Sent, WindowPolicy
from app.channels.events import (
    Event,
    MessageEchoed,
    MessageReceived,
    Postback,
    TestReceived,
    Unknown,
)
from app.channels.faults import GraphFault, Permanent, Unsure
from app.channels.values import count, identifier, mapping, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from app.channels.base import Credentials, Outgoing, Standing
    from app.channels.graph import Graph
    from app.channels.messaging import Framed
    from app.channels.past import Changed, PastMessage

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

OPENS_WINDOW = frozenset({"reaction", "referral", "postback"})
"""Deeds beside a message of one's own after which the business may answer.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/policy.
"""


HIDDEN_PROFILE = frozenset({100, 230, 9010, 2018247})
"""Codes of people whom Meta does not show: unknown, without consent, gone, not permitted."""

OWN_IDS = {"facebook": "id,instagram_business_account", "instagram": "user_id,id,username"}


class Instagram:
    """The Instagram channel; implements :class:`app.channels.base.Channel`."""

    kind: ClassVar[str] = "instagram"
    objects: ClassVar[frozenset[str]] = frozenset({"instagram", instagram_history.OBJECT})
    window: ClassVar[WindowPolicy] = WindowPolicy(timedelta(hours=24), human=timedelta(days=7))
    limits: ClassVar[Limits] = Limits(text=1000, text_unit="bytes", per_second=100)
    history_size: ClassVar[int] = instagram_history.NEWEST

    def parse(self, body: dict[str, Any]) -> Iterator[Item]:
        """Yield every item of one webhook object, in order. Total: never raises on odd input."""
        if body.get("object") == instagram_history.OBJECT:
            yield from _past(body)
            return
        for framed in messaging.walk(body):
            yield Item(framed.path, _event(framed))

    def send(self, graph: Graph, who: Credentials, out: Outgoing) -> Sent:
        """Send one text message. Raises a :class:`SendError`.

        Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/
        features/send-message, developers.facebook.com/documentation/instagram-platform/
        instagram-api-with-instagram-login/messaging-api.
        """
        answer, usage = graph.ask("POST", self.endpoint(who), who, json=_message_body(who, out))
        external_id = identifier(answer.get("message_id"))
        if external_id is None:
            raise Unsure(GraphFault("Meta answered without a message id", http_status=200))
        return Sent(external_id, usage)

    def endpoint(self, who: Credentials) -> str:
        """Return the path that :meth:`send` calls."""
        return f"{quote(who.sender_id, safe='')}/messages"

    def profile(self, graph: Graph, who: Credentials, person: str) -> Profile | None:
        """Return what Meta tells about ``person``, or None for somebody whom it does not show.

        Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/
        features/user-profile.
        """
        fields = {"fields": "name,username,profile_pic,follower_count"}
        try:
            answer = graph.call("GET", quote(person, safe=""), who, params=fields)
        except Permanent as error:
            if error.fault.code in HIDDEN_PROFILE:
                return None
            raise
        return Profile(
            name=words(answer.get("name")),
            username=words(answer.get("username")),
            picture_url=words(answer.get("profile_pic")),
            follower_count=count(answer.get("follower_count")),
        )

    def accounts(self, graph: Graph, who: Credentials, claimed: str) -> frozenset[str]:
        """Return the ids of the account that the token speaks for, if ``claimed`` is one of them.

        A Page token speaks for the Page and its linked Instagram account, an Instagram token for
        one account with two ids. Only "me" proves that: the name and id of a foreign account may
        be readable for anybody. Empty where the token speaks for another account. Raises a
        :class:`SendError`.
        """
        answer = graph.call("GET", "me", who, params={"fields": OWN_IDS[who.login]})
        linked = mapping(answer.get("instagram_business_account"))
        found = (answer.get("id"), answer.get("user_id"), linked.get("id"))
        ids = frozenset(known for one in found if (known := identifier(one)))
        return ids if claimed in ids else frozenset()

    def standing(self, graph: Graph, who: Credentials) -> Standing:
        """Return how the token stands with Meta. Raises a :class:`SendError`."""
        return instagram_token.standing(graph, who)

    def changed(
        self, graph: Graph, who: Credentials, since: datetime, after: str | None = None
    ) -> Changed:
        """Return a page of the conversations that changed at ``since`` or later, newest first."""
        return instagram_history.changed(graph, who, since, after)

    def history(self, graph: Graph, who: Credentials, person: str) -> tuple[PastMessage, ...]:
        """Return the newest messages of the conversation with ``person``, oldest first."""
        return instagram_history.history(graph, who, person)

    def history_body(self, account: str, messages: Sequence[PastMessage]) -> bytes:
        """Return messages of ``account`` as a body for the log, which ``parse`` reads."""
        return instagram_history.body_of(account, messages)

    def subscribe(self, graph: Graph, who: Credentials, present: Collection[str]) -> frozenset[str]:
        """Subscribe the account to what the inbox needs; return the fields it has then."""
        return instagram_subscription.subscribe(graph, who, present)

    def test_body(self, nonce: str) -> bytes:
        """Return a webhook body as the dashboard's Test button sends it, unique by ``nonce``."""
        return messaging.test_body("instagram", nonce)


def _message_body(who: Credentials, out: Outgoing) -> dict[str, Any]:
    """Return the body of a text; only the Facebook login names the ordinary kind of message.

    It carries no mark: Meta documents none for Instagram.
    """
    body: dict[str, Any] = {"recipient": {"id": out.to}, "message": {"text": out.text}}
    if out.human_agent:
        return {**body, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {**body, "messaging_type": "RESPONSE"} if who.login == "facebook" else body


def _past(body: dict[str, Any]) -> Iterator[Item]:
    for framed, after_gap in instagram_history.walk(body):
        event = replace(_event(framed), recovered=True, after_gap=after_gap)
        yield Item(framed.path, event)


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
    action = mapping(framed.value.get("reaction")).get("action")
    return _unknown(framed, "unreact" if action == "unreact" else framed.name)


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
            mark=words(message.get("metadata")),
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
        opens_window=visible and not framed.by_us and (bool(external_id) or name in OPENS_WINDOW),
    )
