"""Everything that changes a conversation at the same time: nobody waits for each other."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Permanent, SendError, Unsure
from app.inbox import decisions, deliver, recover, triage
from app.inbox.errors import Conflict
from app.inbox.ingest.echoes import LOOK_AGAIN
from app.models import ChannelCounter, Conversation, Message
from app.models.database import writing
from app.models.states import ConversationStatus
from tests.bodies import body, echo, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.office import Office

ROUNDS = 25
PEOPLE = [f"77000{n}" for n in range(4)]
ANSWERS: list[Sent | SendError] = [
    Sent("x"),
    Unsure(GraphFault("lost")),
    Permanent(GraphFault("No", code=100)),
]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_drain_send_reply_triage_and_retry_at_once_leave_right_numbers(office: Office) -> None:
    office.take_in(*[message(f"first-{one}", person=one, at=clock.now()) for one in PEOPLE])
    work: list[Callable[[Office, random.Random, int], None]] = [take_in, send, write, tend, decide]
    with ThreadPoolExecutor(len(work)) as threads:
        done = [threads.submit(repeat, one, office, seed) for seed, one in enumerate(work)]
        for one in done:
            one.result()
    with time_machine.travel(clock.now() + 2 * LOOK_AGAIN):  # echoes that met a send look again
        office.drain()
    assert set(office.outcomes()) <= {"applied", "duplicate"}
    recount(office)


def repeat(work: Callable[[Office, random.Random, int], None], office: Office, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret
    for number in range(ROUNDS):
        work(office, dice, number)


def take_in(office: Office, dice: random.Random, number: int) -> None:
    items = [message(f"m{number}-{one}", person=one, at=clock.now()) for one in PEOPLE]
    items += [echo(f"e{number}-{one}", "answer", person=one, at=clock.now()) for one in PEOPLE]
    dice.shuffle(items)
    office.receive(body(*items[:4]))
    office.drain()


def send(office: Office, dice: random.Random, _: int) -> None:
    claimed = office.claim(limit=4)
    with writing(office.engine) as session:
        calls = deliver.begin(session, office.keyring, claimed, clock.now())
    with writing(office.engine) as session:
        deliver.finish(session, [answered(dice, one) for one in calls])
    with writing(office.engine) as session:
        recover.recover(session)


def answered(dice: random.Random, call: deliver.Call | deliver.Dead) -> deliver.Answered:
    assert isinstance(call, deliver.Call)
    outcome = dice.choice(ANSWERS)
    is_sent = isinstance(outcome, Sent)
    return deliver.Answered(call, Sent(f"s{call.delivery_id}") if is_sent else outcome)


def write(office: Office, dice: random.Random, _: int) -> None:
    office.reply("answer", thread=dice.choice(threads_of(office)))


def tend(office: Office, dice: random.Random, _: int) -> None:
    """Change the status and mark as read in one transaction, as one PATCH does."""
    with writing(office.engine) as session:
        thread = triage.locked(session, office.workspace_id, dice.choice(threads_of(office)))
        triage.set_status(session, thread, ConversationStatus.RESOLVED)
        triage.mark_read(session, thread)


def decide(office: Office, dice: random.Random, _: int) -> None:
    stuck = office.rows(Message, Message.status.in_(["failed", "unconfirmed"]))
    if not stuck:
        return
    verb = dice.choice([decisions.retry, decisions.give_up, decisions.arrived])
    with suppress(Conflict), writing(office.engine) as session:
        verb(session, office.workspace_id, dice.choice(stuck).id)


def threads_of(office: Office) -> list[int]:
    return [one.id for one in office.rows(Conversation)]


def recount(office: Office) -> None:
    threads = office.rows(Conversation)
    for one in threads:
        messages = [m for m in office.messages() if m.conversation_id == one.id]
        stuck = [m for m in messages if m.status in ("failed", "unconfirmed")]
        assert one.attention_count == len(stuck)
        assert one.position_at == messages[-1].position_at
        assert one.preview_status in {m.status for m in messages[-2:]}
    assert office.row(ChannelCounter).unread_conversations == sum(
        one.unread_count > 0 for one in threads
    )
