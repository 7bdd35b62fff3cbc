"""Whether the inbox says what is so: its rows against themselves, and against the phones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from app import clock
from app.inbox import settle
from app.inbox.waiting import UNANSWERED
from app.inbox.window import WindowState, window_for
from app.models import ContactIdentity, Conversation, Delivery, Message
from app.models.database import reading
from app.models.states import NEEDS_ATTENTION

if TYPE_CHECKING:
    from tests.inbox.world import Exchange, World
    from tests.office import Office

MOVING = ("queued", "held", "claimed", "sending")
SAME = "Welcome"
"""A text that several messages have: which of them is on the phone, nobody can tell."""
ENDED = {"sent", "failed", "discarded", "unconfirmed"}


def deliveries(office: Office) -> list[Delivery]:
    return office.rows(Delivery)


def is_moving(office: Office) -> bool:
    return any(one.state in MOVING for one in deliveries(office))


def thread_of(office: Office, person: str) -> Conversation:
    with reading(office.engine) as session:
        theirs = select(Conversation).join(Conversation.identity)
        return session.scalars(theirs.where(ContactIdentity.value == person)).one()


def is_window_open(office: Office, delivery: Delivery) -> bool:
    """Say whether a program may answer in the conversation of a delivery."""
    with reading(office.engine) as session:
        thread = session.get_one(Conversation, delivery.conversation_id)
        return window_for(thread, clock.now()).state == WindowState.OPEN


def check_turn(before: Sequence[Delivery], delivery_id: int) -> None:
    """A claimed delivery was due, and no earlier one of its conversation was under way."""
    [mine] = [one for one in before if one.id == delivery_id]
    assert mine.state == "queued"
    for one in before:
        if one.conversation_id == mine.conversation_id and one.id < mine.id:
            assert one.state not in MOVING
            began = one.sending_at
            if one.state == "unconfirmed" and began:
                assert began + timedelta(seconds=60) <= clock.now()


def check(office: Office, world: World) -> None:
    """Check everything that holds at any moment."""
    sent = messages_of(office)
    by_id = {one.id: one for one in office.messages()}
    for delivery in deliveries(office):
        shown = "queued" if delivery.state == "claimed" else delivery.state
        assert by_id[delivery.message_id].status == shown
        assert (delivery.state != "unconfirmed") or delivery.unconfirmed_at is not None
    for thread in office.rows(Conversation):
        check_thread(thread, [one for one in by_id.values() if one.conversation_id == thread.id])
    for delivery_id, taken in Counter(one.delivery_id for one in world.taken()).items():
        assert taken <= 1 + len(world.retried_at.get(delivery_id, []))
    assert sent <= world.phones()


def check_thread(thread: Conversation, messages: list[Message]) -> None:
    """What the list shows of a conversation follows from its messages."""
    newest = max(messages, key=lambda one: (one.position_at, one.id))
    assert thread.attention_count == sum(one.status in NEEDS_ATTENTION for one in messages)
    assert (thread.preview, thread.preview_status) == (newest.text, newest.status)
    assert thread.position_at == newest.position_at
    places = [
        one.position_at
        for one in messages
        if one.direction == "outbound" and one.status not in UNANSWERED
    ]
    unanswered = [
        one.provider_at
        for one in messages
        if one.direction == "inbound"
        and one.provider_at
        and one.position_at > max(places, default=0)
    ]
    assert thread.waiting_since == min(unanswered, default=None)


def messages_of(office: Office) -> Counter[tuple[str, str]]:
    """Count the answers that show as sent, by person and text."""
    query = (
        select(ContactIdentity.value, Message.text)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Conversation.identity)
        .where(Message.direction == "outbound", Message.status == "sent")
    )
    with reading(office.engine) as session:
        return Counter((person, text or "") for person, text in session.execute(query))


def is_unseen(office: Office, world: World, delivery: Delivery) -> bool:
    """Say whether the phone shows the text of a delivery though the inbox does not say so.

    Of several that are the same, nobody can tell which one the phone shows, unless it shows all.
    """
    with reading(office.engine) as session:
        mine = session.get_one(Delivery, delivery.id)
        key = mine.conversation.identity.value, mine.message.text or ""
        same = (
            select(Delivery)
            .join(Delivery.message)
            .where(Delivery.conversation_id == mine.conversation_id, Message.text == key[1])
        )
        undecided = sum(settle.is_undecided(one) for one in session.scalars(same))
    return world.phones()[key] - messages_of(office)[key] >= undecided


def check_told(office: Office, world: World, one: Exchange) -> None:
    """What Meta told of the latest call of a message is believed, unless others are under way."""
    mine = office.row(Delivery, Delivery.id == one.delivery_id)
    there = [other for other in deliveries(office) if other.conversation_id == mine.conversation_id]
    is_busy = any(other.state == "sending" for other in there)
    is_latest = world.of(one.delivery_id)[-1] is one
    if is_latest and not is_busy and one.text != SAME:
        assert mine.state == "sent"


def check_end(office: Office, world: World) -> None:
    """Check what must have become of everything."""
    assert set(office.outcomes()) <= {"applied", "duplicate"}
    assert {one.state for one in deliveries(office)} <= ENDED
    for one in world.taken():
        check_told(office, world, one)
    ours = [one for one in office.messages() if one.direction == "outbound"]
    ids = Counter(one.external_id for one in ours if one.external_id)
    assert ids == Counter(one.mid for one in world.taken())
