"""Answer, echo, history, people, recovery: in any order they end in the same state."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Unsure
from app.channels.past import PastMessage
from app.inbox import decisions, looks, recover
from app.inbox.errors import Conflict
from app.models import CommunicationLog, Delivery
from app.models.database import writing
from tests.bodies import CUSTOMER, echo, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.inbox.deliver import Call
    from tests.office import Office

    Event = Callable[[Office, Call], None]

LOST = Unsure(GraphFault("lost"))


def answered(office: Office, call: Call) -> None:
    office.finish(call, Sent("x1"))


def timed_out(office: Office, call: Call) -> None:
    office.finish(call, LOST)


def echoed(office: Office, _: Call) -> None:
    office.take_in(echo("x1", "Welcome", at=clock.now()))


def recovered(office: Office, _: Call) -> None:
    """Another process takes the sender for dead."""
    with (
        time_machine.travel(clock.now() + timedelta(seconds=26), tick=False),
        writing(office.engine) as session,
    ):
        recover.recover(session)


def looked(office: Office, _: Call) -> None:
    found = PastMessage("x1", clock.now(), CUSTOMER, by_us=True, text="Welcome", raw={})
    with writing(office.engine) as session:
        looks.finish(session, office.thread().id, [found])


def saw_nothing(office: Office, _: Call) -> None:
    with writing(office.engine) as session:
        looks.finish(session, office.thread().id, [])


def decided(verb: Callable[..., Any]) -> Event:
    def decide(office: Office, _: Call) -> None:
        with writing(office.engine) as session:
            try:
                verb(session, office.workspace_id, office.row(Delivery).message_id)
            except Conflict:
                session.rollback()

    decide.__name__ = verb.__name__
    return decide


GAVE_UP, SAW_IT = decided(decisions.give_up), decided(decisions.arrived)
PROOFS = (answered, echoed, looked)
STORIES = [
    (answered, echoed, echoed),
    (timed_out, echoed, looked),
    (recovered, answered, echoed),
    (timed_out, looked, SAW_IT),
    (recovered, echoed, GAVE_UP),
    (timed_out, looked, GAVE_UP),
    (recovered, answered, SAW_IT),
    (saw_nothing, echoed, SAW_IT),
]
ORDERS = sorted({order for story in STORIES for order in permutations(story)}, key=repr)


def names(order: tuple[Event, ...]) -> str:
    return "-".join(event.__name__ for event in order)


@pytest.mark.parametrize("order", ORDERS, ids=names)
def test_a_message_that_arrived_ends_as_sent_once(office: Office, order: tuple[Event, ...]) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        office.take_in(message("m1", at=clock.now()))
        office.reply("Welcome")
        call = office.begin()
        for event in order:
            event(office, call)
        traveller.shift(70)  # whatever waited for the answer has its turn
        recovered(office, call)
        looked(office, call)
        office.drain()
        delivery, thread = office.row(Delivery), office.thread()
        assert (delivery.state, office.statuses()) == ("sent", ["delivered", "sent"])
        assert [one.external_id for one in office.messages()] == ["m1", "x1"]
        assert (delivery.unconfirmed_at, delivery.next_look_at) == (None, None)
        assert delivery.settled_by in ("answer", "echo", "history")
        assert (thread.attention_count, thread.preview_status) == (0, "sent")
        assert len(office.rows(CommunicationLog)) == 2
        assert office.claim() == []


@pytest.mark.parametrize("first", [timed_out, recovered], ids=["timed out", "recovered"])
def test_what_never_arrived_stays_a_persons_question(office: Office, first: Event) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Welcome")
    call = office.begin()
    for event in (first, saw_nothing, recovered, saw_nothing):
        event(office, call)
    assert (office.states(), office.thread().attention_count) == (["unconfirmed"], 1)


@pytest.mark.parametrize("late", [False, True], ids=["answer first", "echo first"])
def test_of_two_of_the_same_text_each_gets_its_own_proof(office: Office, *, late: bool) -> None:
    """The first never arrived; the echo of the second proves the second, in the end."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        office.take_in(message("m1", at=clock.now()))
        office.reply("Welcome")
        office.finish(office.begin(), LOST)
        traveller.shift(61)
        office.reply("Welcome")
        second = office.begin()
        recovered(office, second)
        for event in (echoed, answered) if late else (answered, echoed):
            event(office, second)
        assert office.states() == ["unconfirmed", "sent"]
        assert [one.external_id for one in office.messages()] == ["m1", None, "x1"]
