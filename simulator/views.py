"""What the pages show, made from what is stored."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from werkzeug.datastructures import MultiDict

from simulator import panel
from simulator.model import Contact, Customer, Message
from simulator.switches import Switches
from simulator.world import World

SHOWN = 120
KIND_WORDS = {
    "like": "♥",
    "unsupported": "A poll",
    "ephemeral": "Disappearing photo",
    "story_mention": "Mentioned the shop in a story",
    "share": "Shared a post",
    "future": "Something of a kind that does not exist yet",
    "raw": "A raw webhook item",
}
HEADINGS = {
    "story_reply": "Replied to the shop's story",
    "story_mention": "In your story",
    "share": "A post of the shop",
    "ad": "From an ad",
    "ice_breaker": "Tapped a question",
    "quick_reply": "Tapped a quick reply",
    "reply": "An answer to a message",
}
IMAGES = {"image", "story_mention", "ig_post"}


@dataclass(frozen=True)
class Person:
    """A row of the list of phones."""

    id: int
    customer: Customer
    last: Message | None
    preview: str
    waiting: bool

    @property
    def name(self) -> str:
        return self.customer.name or self.customer.username


@dataclass(frozen=True)
class Bubble:
    """One message as the phone draws it; `key` names it on the page.

    `delivery` says in words where its webhook is, `arrived` whether the inbox has it.
    """

    key: str
    message: Message
    text: str
    heading: str
    images: list[str]
    sounds: list[str]
    at: datetime
    delivery: str | None
    arrived: bool


def people(world: World) -> list[Person]:
    """Every customer with the latest message of any thread."""
    last = {message.customer_id: message for message in world.store.last_messages()}
    return [_person(key, customer, last.get(key)) for key, customer in world.store.customers()]


def _person(key: int, customer: Customer, last: Message | None) -> Person:
    return Person(
        id=key,
        customer=customer,
        last=last,
        preview=_shown(last) if last else "",
        waiting=bool(last and last.direction == "received" and not last.seen),
    )


def bubbles(world: World, contact: Contact, host: str) -> list[Bubble]:
    """The end of the thread, oldest first; `host` is the simulator's own, whose files show."""
    found = world.store.thread(contact, SHOWN)
    sent = [message.mid for message in found if message.direction == "sent"]
    states = world.engine.deliveries.of_messages(contact.account_id, sent)
    paused = world.board.now.paused
    # Of a delivery that was forgotten long ago only its end is known: it arrived.
    otherwise = "held" if world.engine.deliveries.counts()["held"] else "delivered"
    states = {mid: states.get(mid, (otherwise, 0)) for mid in sent}
    return [
        Bubble(
            key=sha256(message.mid.encode("utf-8", "replace")).hexdigest()[:16],
            message=message,
            text=_shown(message),
            heading="" if message.unsent else HEADINGS.get(message.kind, ""),
            images=_files(message, IMAGES, host),
            sounds=_files(message, {"audio"}, host),
            at=local(message.at_ms / 1000),
            delivery=_delivery(message, states, paused=paused),
            arrived=states.get(message.mid, ("", 0))[0] == "delivered",
        )
        for message in found
    ]


def local(seconds: float) -> datetime:
    """A time since the epoch as the clock on the wall shows it."""
    return datetime.fromtimestamp(seconds, UTC).astimezone()


def _delivery(message: Message, states: dict[str, tuple[str, int]], *, paused: bool) -> str | None:
    """Whether the inbox has heard of a customer's message, in words."""
    if message.direction == "received":
        return None
    state, tries = states[message.mid]
    if state == "pending" and paused:
        return "held back: the webhooks are stopped"
    words = {
        "delivered": "the inbox has it",
        "dropped": "lost on the way (switch)",
        "unsubscribed": "not passed on: the app is not subscribed",
        "held": "collected, not sent to the inbox yet",
    }
    trying = (
        f"not in the inbox yet, {tries} {'try' if tries == 1 else 'tries'}"
        if tries
        else "on its way"
    )
    return words.get(state, trying)


def _shown(message: Message) -> str:
    if message.unsent:
        return "Message unsent"
    text = message.text or KIND_WORDS.get(message.kind, "")
    if not text and message.attachments:
        kind = message.attachments[0].get("type", "attachment")
        text = {"image": "Photo", "audio": "Voice message"}.get(kind, f"[{kind}]")
    # A lone surrogate may be stored, but no page can carry it.
    return text.encode("utf-8", "replace").decode()


def _files(message: Message, types: set[str], host: str) -> list[str]:
    """Addresses of the attached files that the page's policy lets through."""
    payloads = [one.get("payload") for one in message.attachments if one.get("type") in types]
    urls = [payload.get("url") for payload in payloads if isinstance(payload, dict)]
    return [url for url in urls if isinstance(url, str) and url.startswith(host)]


def switches_from(form: MultiDict[str, str]) -> dict[str, Any]:
    """The panel's fields as a patch: what is not ticked is off, an empty number stays."""
    patch: dict[str, Any] = {}
    for name, field in Switches.model_fields.items():
        if field.annotation is bool:
            patch[name] = name in form
        elif form.get(name):
            patch[name] = form[name]
    return patch | {"error": _error_from(form)}


def _error_from(form: MultiDict[str, str]) -> dict[str, Any] | None:
    times = form.get("error_times", type=int)
    chosen = panel.error_from(form.get("error_preset", ""), times)
    code = form.get("error_code", type=int)
    if chosen or code is None:
        return chosen
    return {"code": code, "subcode": form.get("error_subcode", type=int), "times": times}
