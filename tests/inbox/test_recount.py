"""Whatever happened in whatever order, what is denormalised equals a recount from scratch."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Permanent, Unsure
from app.inbox import decisions, listing
from app.inbox.errors import Refused
from app.inbox.waiting import UNANSWERED
from app.models import ContactIdentity, Conversation, Message, Workspace
from app.models.database import reading, writing
from tests.bodies import echo, message

if TYPE_CHECKING:
    from datetime import datetime

    from tests.office import Office

PEOPLE = ["770001", "770002"]
ANSWERS = [Sent("sent"), Unsure(GraphFault("lost")), Permanent(GraphFault("No", code=100))]

people = st.sampled_from(PEOPLE)
numbers = st.integers(0, 5)
texts = st.sampled_from(["one", "two"])
wrote = st.tuples(st.just("wrote"), people, numbers, texts)
echoed = st.tuples(st.just("echoed"), people, numbers, texts)
replied = st.tuples(st.just("replied"), people, texts)
sent = st.tuples(st.just("sent"), st.sampled_from(range(3)))
decided = st.tuples(st.just("decided"), st.booleans())
batch = st.tuples(st.just("batch"), st.lists(wrote | echoed, min_size=1, max_size=4))
deeds = st.lists(wrote | echoed | batch | replied | sent | decided, max_size=12)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(deeds)
def test_every_sequence_leaves_the_numbers_that_a_recount_gives(
    office: Office, done: list[tuple[Any, ...]]
) -> None:
    office.start_anew()
    for deed in done:
        do(office, deed)
    for thread in office.rows(Conversation):
        check(office, thread)
    unread = sum(one.unread_count > 0 for one in office.rows(Conversation))
    with reading(office.engine) as session:
        counts = listing.counts(session, office.workspace_id, None)
    assert counts.unread.get("instagram", 0) == unread


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(deeds)
def test_a_version_rises_with_each_change_and_only_then(
    office: Office, done: list[tuple[Any, ...]]
) -> None:
    office.start_anew()
    for deed in done:
        before = picture(office)
        do(office, deed)
        after = picture(office)
        assert (before["shown"] != after["shown"]) == (before["list"] < after["list"])
        for id_, (version, shown) in after["threads"].items():
            old = before["threads"].get(id_, (0, None))
            assert (old[1] != shown) == (old[0] < version)


def do(office: Office, deed: tuple[Any, ...]) -> None:
    match deed:
        case "batch", items:
            office.take_in(*[item_of(*one) for one in items])
        case (("wrote" | "echoed"), *_):
            office.take_in(item_of(*deed))
        case "replied", person, text:
            answer(office, person, text)
        case "sent", which:
            send(office, ANSWERS[which])
        case "decided", again:
            decide(office, again=again)


def item_of(kind: str, person: str, number: int, text: str) -> dict[str, Any]:
    """Return an item; the lower its number, the older it is."""
    at = clock.now() - timedelta(minutes=5 - number)
    make = message if kind == "wrote" else echo
    return make(f"{kind}-{person}-{number}", text, person=person, at=at)


def answer(office: Office, person: str, text: str) -> None:
    for known in office.rows(ContactIdentity, ContactIdentity.value == person):
        thread = office.thread(Conversation.identity_id == known.id)
        with suppress(Refused):
            office.reply(text, thread=thread.id)


def send(office: Office, outcome: Any) -> None:
    for delivery_id in office.claim(limit=1):
        call = office.begin(delivery_id)
        given_id = Sent(f"sent-{delivery_id}") if isinstance(outcome, Sent) else outcome
        office.finish(call, given_id)


def decide(office: Office, *, again: bool) -> None:
    verb = decisions.retry if again else decisions.give_up
    for stuck in office.rows(Message, Message.status.in_(["failed", "unconfirmed"]))[:1]:
        with writing(office.engine) as session:
            verb(session, office.workspace_id, stuck.id)


def check(office: Office, thread: Conversation) -> None:
    messages = [one for one in office.messages() if one.conversation_id == thread.id]
    newest = messages[-1]
    assert thread.position_at == newest.position_at
    assert thread.preview == newest.text
    assert (thread.preview_direction, thread.preview_status) == (newest.direction, newest.status)
    stuck = [one for one in messages if one.status in ("failed", "unconfirmed")]
    assert thread.attention_count == len(stuck)
    assert thread.unread_count == unread_of(messages)
    assert thread.waiting_since == waiting_since_of(messages)


def unread_of(messages: list[Message]) -> int:
    """Return how many of the customer's messages nobody has seen.

    Who answered in another app saw what stands before; who answered here what had come before.
    """
    elsewhere = max((one.position_at for one in messages if one.via == "app"), default=0)
    here = max((one.id for one in messages if one.via == "api"), default=0)
    theirs = [one for one in messages if one.direction == "inbound"]
    return sum(one.position_at > elsewhere and one.id > here for one in theirs)


def waiting_since_of(messages: list[Message]) -> datetime | None:
    """Return the time of the customer's first message after the last answer that they may get."""
    places = [
        one.position_at
        for one in messages
        if one.direction == "outbound" and one.status not in UNANSWERED
    ]
    answered = max(places, default=0)
    theirs = [one for one in messages if one.direction == "inbound"]
    return next((one.provider_at for one in theirs if one.position_at > answered), None)


def picture(office: Office) -> dict[str, Any]:
    """Return what people see, and the numbers that say whether it changed."""
    messages = office.messages()
    threads = {
        one.id: (
            one.version,
            (one.unread_count, one.status, [shown(m) for m in messages if of(m, one)]),
        )
        for one in office.rows(Conversation)
    }
    return {
        "list": office.row(Workspace).version,
        "threads": threads,
        "shown": {id_: seen for id_, (_, seen) in threads.items()},
    }


def of(message: Message, thread: Conversation) -> bool:
    return message.conversation_id == thread.id


def shown(message: Message) -> tuple[object, ...]:
    return message.id, message.text, message.status, message.error_message
