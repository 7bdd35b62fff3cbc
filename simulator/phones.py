"""What people do: customers on their phones, colleagues in the app, and the Send API's part."""

from typing import Any

from simulator import identifiers
from simulator.model import Account, Contact, Message
from simulator.platforms import PLATFORMS
from simulator.platforms.base import Action, Item, Payload
from simulator.world import World

EARLY_WAIT_SECONDS = 3.0


class CannotDoError(ValueError):
    """An action that makes no sense, with the reason in words."""


def contact_for(world: World, customer_id: int, account: Account) -> Contact:
    """The customer as the account knows them; met for the first time, they get an id."""
    with world.store.transaction():
        known = world.store.contact_of(customer_id, account.id)
        if known:
            return known
        contact = Contact(
            igsid=identifiers.scoped_user_id(), customer_id=customer_id, account_id=account.id
        )
        world.store.put_contact(contact)
        return contact


def lane_of(contact: Contact) -> str:
    return f"{contact.account_id}/{contact.customer_id}"


def act(world: World, customer_id: int, account: Account, action: Action) -> dict[str, Any]:
    """A customer does something on the phone; the inbox is told. Raises CannotDoError."""
    platform = PLATFORMS[account.channel]
    if action.kind not in platform.kinds():
        raise CannotDoError(f"Unknown kind {action.kind!r}; one of {', '.join(platform.kinds())}.")
    with world.store.transaction():
        contact = contact_for(world, customer_id, account)
        if action.kind in platform.about and not action.mid:
            action = _about_the_latest(world, contact, action)
        if action.kind == "edit":
            action = _counted(world, contact, action)
        at_ms = action.at_ms or world.clock.now_ms()
        mid = platform.new_mid(long=world.board.now.long_mids)
        item = platform.addressed(account, contact, platform.item(action, mid), at_ms)
        told_mid = _mid_of(item)
        _remember(world, contact, action, item, at_ms)
        if action.kind in platform.opens_window:
            opened = max(at_ms, contact.window_opened_ms or 0)
            world.store.put_contact(contact.model_copy(update={"window_opened_ms": opened}))
        keys = world.engine.emit(account, lane_of(contact), told_mid, item)
    return {"mid": told_mid, "igsid": contact.igsid, "timestamp": at_ms, "deliveries": keys}


def _about_the_latest(world: World, contact: Contact, action: Action) -> Action:
    """The action, naming the latest message that it can speak of."""
    direction = "sent" if action.kind in {"unsend", "edit"} else "received"
    last = world.store.last_message(contact, direction)
    if last is None:
        raise CannotDoError(f"There is no message yet that {action.kind!r} could be about.")
    return action.model_copy(update={"mid": last.mid})


def _counted(world: World, contact: Contact, action: Action) -> Action:
    """The action, saying how often its message was edited by now."""
    old = world.store.message(contact.account_id, action.mid or "")
    return action.model_copy(update={"num_edit": (old.edits if old else 0) + 1})


def look(world: World, customer_id: int, account: Account) -> None:
    """The customer has the chat open: what the business sent last is seen, and Meta says so."""
    contact = world.store.contact_of(customer_id, account.id)
    last = world.store.last_message(contact, "received") if contact else None
    if last and not last.seen:
        act(world, customer_id, account, Action(kind="seen", mid=last.mid))


def _mid_of(item: Item) -> str | None:
    for key in ("message", "postback", "reaction", "read", "message_edit"):
        part = item.get(key)
        if isinstance(part, dict) and isinstance(part.get("mid"), str):
            return str(part["mid"])
    return None


def _remember(world: World, contact: Contact, action: Action, item: Item, at_ms: int) -> None:
    """Show the action on the phone: a bubble of its own, or a change to an earlier one."""
    changes: dict[str, dict[str, Any]] = {
        "reaction": {"reaction": action.emoji},
        "unreact": {"reaction": None},
        "unsend": {"unsent": True, "text": None, "attachments": []},
        "edit": {"edited": True, "edits": action.num_edit, "text": action.text},
    }
    mid = _mid_of(item)
    if action.kind == "seen":
        world.store.see(contact, mid or "")
    elif action.kind in changes:
        old = world.store.message(contact.account_id, mid or "")
        if old:
            world.store.put_message(old.model_copy(update=changes[action.kind]))
    elif mid and (part := item.get("message") or item.get("postback")):
        world.store.put_message(
            Message(
                mid=mid,
                account_id=contact.account_id,
                customer_id=contact.customer_id,
                direction="sent",
                via="customer",
                kind=action.kind,
                text=_text_of(part),
                attachments=_attachments_of(part),
                at_ms=at_ms,
            )
        )


def _text_of(part: Payload) -> str | None:
    text = part.get("text") or part.get("title")
    return text if isinstance(text, str) else None


def _attachments_of(part: Payload) -> list[dict[str, Any]]:
    several = part.get("attachments") or ([part["attachment"]] if "attachment" in part else [])
    return [one for one in several if isinstance(one, dict)] if isinstance(several, list) else []


def colleague(world: World, customer_id: int, account: Account, message: Payload) -> dict[str, Any]:
    """A colleague answers from the phone app: on the customer's phone, and an echo to the inbox."""
    contact = contact_for(world, customer_id, account)
    with world.store.transaction():
        sent, item = _receive(world, account, contact, message, "app")
        keys = world.engine.emit(account, lane_of(contact), sent.mid, item)
    return {"mid": sent.mid, "timestamp": sent.at_ms, "deliveries": keys}


def accept(world: World, account: Account, contact: Contact, message: Payload) -> str:
    """The Send API took a message: it is on the phone now, once; the echo as the switches say."""
    switches = world.board.now
    with world.store.transaction():
        sent, item = _receive(world, account, contact, message, "api")
        delay = 0 if switches.echo == "early" else switches.echo_delay_ms / 1000
        echoes = {"never": 0, "twice": 2}.get(switches.echo, 1)
        keys = [
            key
            for _ in range(echoes)
            for key in world.engine.emit(account, lane_of(contact), sent.mid, item, delay)
        ]
    if switches.echo == "early":
        world.engine.wait_tried(keys, EARLY_WAIT_SECONDS)
    return sent.mid


def _receive(
    world: World, account: Account, contact: Contact, message: Payload, via: str
) -> tuple[Message, Item]:
    """Put a business message on the phone; the message and the item of its echo."""
    platform, at_ms = PLATFORMS[account.channel], world.clock.now_ms()
    mid = platform.new_mid(long=world.board.now.long_mids)
    attachments = _attachments_of(message)
    received = Message.model_validate(
        {
            "mid": mid,
            "account_id": account.id,
            "customer_id": contact.customer_id,
            "direction": "received",
            "via": via,
            "kind": "attachment" if attachments else "text",
            "text": _text_of(message),
            "attachments": attachments,
            "at_ms": at_ms,
        }
    )
    world.store.put_message(received)
    item = platform.addressed(account, contact, platform.echo(mid, message), at_ms)
    return received, item


def react(world: World, account: Account, contact: Contact, payload: Payload, action: str) -> None:
    """The business reacts to a message of the customer; Instagram sends no echo of that."""
    old = world.store.message(account.id, str(payload.get("message_id", "")))
    if old and old.customer_id == contact.customer_id:
        emoji = str(payload.get("reaction", "love")) if action == "react" else None
        world.store.put_message(old.model_copy(update={"reaction": emoji}))
