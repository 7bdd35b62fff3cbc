"""Who waits, and what is unread, does not depend on the order in which webhooks come."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.inbox import listing, triage
from app.models import ContactIdentity, Conversation
from app.models.database import reading, writing
from tests.bodies import CUSTOMER, body, echo, message
from tests.statements import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bodies import Item
    from tests.office import Office

    Turn = tuple[Callable[[int, str], Item], int]

START = clock.now() - timedelta(minutes=10)


def at(second: int) -> datetime:
    return START.replace(microsecond=0) + timedelta(seconds=second)


def wrote(second: int, person: str = CUSTOMER, name: str = "m") -> Item:
    return message(f"{name}{person}-{second}", "a question", person=person, at=at(second))


def wrote_too(second: int, person: str) -> Item:
    return wrote(second, person, "n")


def answered(second: int, person: str = CUSTOMER) -> Item:
    """Return the echo of an answer that a colleague wrote in another app."""
    return echo(f"e{person}-{second}", "an answer", person=person, at=at(second))


def standing(office: Office, person: str = CUSTOMER) -> tuple[datetime | None, int]:
    [identity] = office.rows(ContactIdentity, ContactIdentity.value == person)
    thread = office.thread(Conversation.identity_id == identity.id)
    return thread.waiting_since, thread.unread_count


def unread_conversations(office: Office) -> int:
    with reading(office.engine) as session:
        counts = listing.counts(session, office.workspace_id, None)
    return counts.unread.get("instagram", 0)


TALKS = {
    "waits since the first": ([(wrote, 1), (wrote, 2), (wrote, 3)], 1, 3),
    "since the first after an answer": (
        [(wrote, 1), (answered, 2), (wrote, 3), (wrote, 4)],
        3,
        2,
    ),
    "waits no more": ([(wrote, 1), (wrote, 2), (answered, 3), (answered, 4)], None, 0),
    "an answer at the same moment": ([(wrote, 1), (answered, 2), (wrote, 2)], None, 0),
    "two at the same moment": ([(answered, 1), (wrote, 2), (wrote_too, 2)], 2, 2),
}


@pytest.mark.parametrize("together", [1, 2])
@pytest.mark.parametrize(("talk", "since", "unread"), TALKS.values(), ids=TALKS)
def test_in_whatever_order_a_talk_comes_it_stands_the_same(
    office: Office, talk: Sequence[Turn], since: int | None, unread: int, together: int
) -> None:
    orders = {f"77{n}": order for n, order in enumerate(permutations(talk))}
    for begin in range(0, len(talk), together):
        for person, order in orders.items():
            some = order[begin : begin + together]
            office.receive(body(*(make(second, person) for make, second in some)))
        office.drain()
    end = (None if since is None else at(since), unread)
    assert [standing(office, one) for one in orders] == [end] * len(orders)
    assert unread_conversations(office) == (len(orders) if unread else 0)


def test_what_comes_after_our_answer_is_unread_though_it_stands_before_it(office: Office) -> None:
    office.take_in(wrote(2))
    office.reply("an answer")
    office.take_in(wrote(1))
    assert standing(office) == (None, 1)


def test_a_failed_answer_lets_the_late_customer_wait(office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("an answer")
    office.finish(office.begin(), Permanent(GraphFault("No", code=100)))
    office.take_in(wrote(1))
    assert standing(office) == (at(1), 1)


def test_an_old_answer_that_comes_late_hides_nothing_new(office: Office) -> None:
    office.take_in(wrote(1), wrote(2))
    office.reply("an answer")
    later = clock.now() + timedelta(seconds=5)
    office.take_in(message("m9", at=later))
    office.take_in(answered(3))
    waits, unread = standing(office)
    assert waits is not None
    assert unread == 1


def test_what_was_marked_as_read_stays_so(office: Office) -> None:
    office.take_in(wrote(2), wrote(4))
    with writing(office.engine) as session:
        triage.mark_read(session, triage.locked(session, office.workspace_id, office.thread().id))
    office.take_in(answered(1))
    assert standing(office) == (at(2), 0)
    office.take_in(wrote(3))
    assert standing(office) == (at(2), 1)


def statements(office: Office, items: Sequence[Item]) -> int:
    with asked(office.engine) as seen:
        office.take_in(*items)
    return len(seen)


def test_what_comes_late_costs_one_statement_however_much_it_is(office: Office) -> None:
    people = [f"77{n}" for n in range(30)]
    office.take_in(*(wrote(10, one) for one in people))
    in_order = statements(office, [wrote(11, one) for one in people])
    few = statements(office, [wrote(1, one) for one in people[:1]])
    many = statements(office, [wrote(second, one) for one in people for second in (2, 3)])
    assert few == many == in_order + 1
