"""The Conversations API: what an account may read of its threads.

Details are there of the newest twenty messages of a thread; of older ones the list tells id and
time, and asking for one says that it was deleted. What has no value is left out.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/conversations.
"""

import time
from collections.abc import Mapping
from typing import Any

from simulator import errors, fields, identifiers
from simulator.errors import GraphError
from simulator.fields import Fields
from simulator.model import Account, Contact, Message
from simulator.platforms import PLATFORMS
from simulator.platforms.base import Payload
from simulator.world import World

WITH_DETAILS = 20
PAGE = 25
LONGEST_PAGE = 100
THREAD = frozenset({"id", "updated_time", "participants", "messages", "link", "name"})
MESSAGE = frozenset(
    {
        "id",
        "created_time",
        "from",
        "to",
        "message",
        "attachments",
        "shares",
        "story",
        "reactions",
        "tags",
        "is_unsupported",
    }
)


def listed(world: World, account: Account, asked: Mapping[str, str]) -> Payload:
    """A page of the account's threads, the latest first; `user_id` leaves one."""
    wanted = fields.parse(asked.get("fields") or "id,updated_time", THREAD, "UnifiedThread")
    if account.login == "facebook" and asked.get("platform", "messenger") != account.channel:
        return {"data": []}
    found = [
        (contact, at_ms)
        for contact, at_ms in world.store.conversations(account.id)
        if asked.get("user_id") in {None, contact.igsid}
    ]
    threads = [_thread(world, account, contact, at_ms, wanted) for contact, at_ms in found]
    return _paged(threads, asked)


def thread(world: World, account: Account, object_id: str, asked: Mapping[str, str]) -> Payload:
    """One thread."""
    wanted = fields.parse(asked.get("fields") or "id,updated_time", THREAD, "UnifiedThread")
    for contact, at_ms in world.store.conversations(account.id):
        if identifiers.conversation_id(contact.igsid) == object_id:
            return _thread(world, account, contact, at_ms, wanted)
    raise GraphError(errors.unknown_object("get", object_id))


def messages(world: World, account: Account, object_id: str, asked: Mapping[str, str]) -> Payload:
    """The messages of one thread, the latest first."""
    wanted = fields.parse(asked.get("fields") or "id,created_time", MESSAGE, "Message")
    for contact, _ in world.store.conversations(account.id):
        if identifiers.conversation_id(contact.igsid) == object_id:
            return _paged(_messages(world, account, contact, wanted), asked)
    raise GraphError(errors.unknown_object("get", object_id))


def message(world: World, account: Account, mid: str, asked: Mapping[str, str]) -> Payload:
    """One message, as long as it has details."""
    wanted = fields.parse(asked.get("fields") or "id,created_time", MESSAGE, "Message")
    found = world.store.message(account.id, mid)
    contact = world.store.contact_of(found.customer_id, account.id) if found else None
    if found is None or contact is None:
        raise GraphError(errors.unknown_object("get", mid))
    if found not in _newest_first(world, contact)[:WITH_DETAILS]:
        raise GraphError(errors.invalid("The message was deleted"))
    return _message(world, account, contact, found, wanted)


def _thread(
    world: World, account: Account, contact: Contact, at_ms: int, wanted: Fields
) -> Payload:
    found: Payload = {"id": identifiers.conversation_id(contact.igsid)}
    if "updated_time" in wanted:
        found["updated_time"] = _iso(at_ms)
    if "participants" in wanted:
        people = [_person(world, contact), _business(account)]
        found["participants"] = {"data": people}
    if "messages" in wanted:
        part = wanted["messages"]
        inner = part.inner or {"id": fields.Field(), "created_time": fields.Field()}
        limit = {"limit": str(part.limit or PAGE)}
        found["messages"] = _paged(_messages(world, account, contact, inner), limit)
    return found


def _messages(world: World, account: Account, contact: Contact, wanted: Fields) -> list[Payload]:
    newest_first = _newest_first(world, contact)
    detailed = [
        _message(world, account, contact, one, wanted) for one in newest_first[:WITH_DETAILS]
    ]
    bare = [{"id": one.mid, "created_time": _iso(one.at_ms)} for one in newest_first[WITH_DETAILS:]]
    return detailed + bare


def _newest_first(world: World, contact: Contact) -> list[Message]:
    everything = world.store.messages(contact.customer_id, contact.account_id)
    shown = [one for _, one in reversed(everything) if not one.unsent]
    return sorted(shown, key=lambda one: -one.at_ms)


def _message(
    world: World, account: Account, contact: Contact, one: Message, wanted: Fields
) -> Payload:
    person, business = _person(world, contact), _business(account)
    author, reader = (person, business) if one.direction == "sent" else (business, person)
    everything: dict[str, Any] = {
        "id": one.mid,
        "created_time": _iso(one.at_ms),
        "from": author,
        "to": {"data": [reader]},
        "message": one.text or "",
        **PLATFORMS[account.channel].past(one),
    }
    return {name: everything[name] for name in everything if name in wanted or name == "id"}


def _person(world: World, contact: Contact) -> Payload:
    customer = world.store.customer(contact.customer_id)
    return {"username": customer.username if customer else "", "id": contact.igsid}


def _business(account: Account) -> Payload:
    return {"username": account.username, "id": account.id}


def _paged(things: list[Payload], asked: Mapping[str, str]) -> Payload:
    """A page of them; cursors are places in the list."""
    start = identifiers.place_of(asked.get("after", ""))
    limit = asked.get("limit", "")
    size = min(int(limit), LONGEST_PAGE) if limit.isdecimal() and int(limit) else PAGE
    page = things[start : start + size]
    if not page:
        return {"data": []}
    end = start + len(page)
    cursors = {"before": identifiers.cursor(start), "after": identifiers.cursor(end)}
    leads_on = {"next": f"https://graph.facebook.com/next?after={cursors['after']}"}
    return {"data": page, "paging": {"cursors": cursors, **(leads_on if things[end:] else {})}}


def _iso(at_ms: int) -> str:
    """Whole seconds, cut off."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(at_ms // 1000))
