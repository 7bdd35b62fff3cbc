"""What the pages show, made from what is stored."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from simulator.model import Contact, Customer, Message
from simulator.switches import Switches
from simulator.world import World

SHOWN = 200
KIND_WORDS = {
    "like": "♥",
    "unsupported": "Something the inbox is not shown (a poll, a GIF, …)",
    "ephemeral": "Disappearing photo",
    "story_mention": "Mentioned the business in a story",
    "share": "Shared a post",
    "raw": "A raw webhook item",
}


@dataclass(frozen=True)
class Person:
    """A row of the list of phones."""

    id: int
    customer: Customer
    initials: str
    hue: int
    last: Message | None
    preview: str
    waiting: bool


@dataclass(frozen=True)
class Bubble:
    """One message as the phone draws it; `delivery` says where its webhook is."""

    message: Message
    text: str
    images: list[str]
    at: datetime
    delivery: str | None


def people(world: World) -> list[Person]:
    """Every customer with the latest message of any thread."""
    last = {message.customer_id: message for message in world.store.last_messages()}
    return [_person(key, customer, last.get(key)) for key, customer in world.store.customers()]


def _person(key: int, customer: Customer, last: Message | None) -> Person:
    words = (customer.name or customer.username).replace(".", " ").split()
    return Person(
        id=key,
        customer=customer,
        initials="".join(word[0] for word in words[:2]).upper() or "?",
        hue=key % 10,
        last=last,
        preview=_shown(last) if last else "",
        waiting=bool(last and last.direction == "received" and not last.seen),
    )


def bubbles(world: World, contact: Contact, host: str) -> list[Bubble]:
    """The end of the thread, oldest first; `host` is the simulator's own, whose images show."""
    found = world.store.thread(contact, SHOWN)
    sent = [message.mid for message in found if message.direction == "sent"]
    states = world.engine.deliveries.of_messages(contact.account_id, sent)
    return [
        Bubble(
            message=message,
            text=_shown(message),
            images=_images(message, host),
            at=datetime.fromtimestamp(message.at_ms / 1000, UTC).astimezone(),
            delivery=_delivery(message, states),
        )
        for message in found
    ]


def _delivery(message: Message, states: dict[str, tuple[str, int]]) -> str | None:
    """Whether the inbox has heard of a customer's message, in words."""
    if message.direction == "received":
        return None
    state, tries = states.get(message.mid, ("held", 0))
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
        text = f"[{message.attachments[0].get('type', 'attachment')}]"
    # A lone surrogate may be stored, but no page can carry it.
    return text.encode("utf-8", "replace").decode()


def _images(message: Message, host: str) -> list[str]:
    """Addresses of the attached images that the page's policy lets through."""
    payloads = [one.get("payload") for one in message.attachments if one.get("type") == "image"]
    urls = [payload.get("url") for payload in payloads if isinstance(payload, dict)]
    return [url for url in urls if isinstance(url, str) and url.startswith(host)]


def switches_from(form: MultiDict[str, str]) -> dict[str, Any]:
    """The panel's fields as a patch; an empty number is the switch's rest position."""
    patch: dict[str, Any] = {}
    for name, field in Switches.model_fields.items():
        if field.annotation is bool:
            patch[name] = name in form
        elif form.get(name):
            patch[name] = form[name]
    code = form.get("error_code", type=int)
    patch["error"] = (
        {
            "code": code,
            "subcode": form.get("error_subcode", type=int),
            "times": form.get("error_times", type=int),
        }
        if code is not None
        else None
    )
    return patch
