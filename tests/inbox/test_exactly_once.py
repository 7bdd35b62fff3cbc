"""However often and in whatever batches Meta repeats itself, every message is there once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from app.inbox import ledger
from app.inbox.ledger import Wanted
from app.models import CommunicationLog, ExternalEvent, ExternalEventLog
from app.models.database import reading
from tests.bodies import body, entry, message, numbered, of_entries

if TYPE_CHECKING:
    from tests.office import Office


def test_the_same_body_twenty_times_is_one_message(office: Office) -> None:
    office.receive(*[body(message("m1"))] * 20)
    office.drain()
    assert office.texts() == ["Hi"]
    assert office.row(ExternalEventLog).received_count == 20


def test_the_same_body_ten_times_at_once_is_one_message(office: Office) -> None:
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(office.receive, [body(message("m1"))] * 10))
    office.drain()
    assert office.texts() == ["Hi"]
    assert office.row(ExternalEventLog).received_count == 10


def test_a_body_that_comes_again_after_it_was_applied_is_counted_and_changes_nothing(
    office: Office,
) -> None:
    office.take_in(message("m1"))
    version = office.thread().version
    office.take_in(message("m1"))
    assert (office.texts(), office.thread().version) == (["Hi"], version)
    assert office.row(ExternalEventLog).received_count == 2


def test_a_repeated_body_is_listed_as_duplicate(office: Office) -> None:
    office.take_in(message("m1"))
    office.take_in(message("m2"))
    office.take_in(message("m1"))
    with reading(office.engine) as session:
        [found] = ledger.page(session, office.workspace_id, Wanted(outcome="duplicate")).entries
    assert (found.event.external_id, found.received_count) == ("m1", 2)
    assert found.last_received_at > found.received_at


def test_the_same_message_in_another_body_is_a_duplicate(office: Office) -> None:
    office.take_in(message("m1"))
    office.take_in(message("m1"), message("m2"))
    assert office.outcomes() == ["applied", "duplicate", "applied"]
    assert len(office.messages()) == len(office.rows(CommunicationLog)) == 2


def test_the_same_message_twice_in_one_body_is_a_duplicate(office: Office) -> None:
    office.take_in(message("m1"), message("m1"))
    assert office.outcomes() == ["applied", "duplicate"]
    assert office.thread().unread_count == 1


def test_the_same_item_without_an_id_in_another_body_is_a_duplicate(office: Office) -> None:
    odd = message("m1") | {"message": {"text": "no id"}}
    office.take_in(odd)
    office.take_in(odd, message("m2"))
    assert office.outcomes() == ["applied", "duplicate", "applied"]


def test_two_entries_with_three_items_each_are_six_messages(office: Office) -> None:
    items = numbered(6)
    office.receive(of_entries(entry(*items[:3]), entry(*items[3:])))
    office.drain()
    assert office.texts() == ["0", "1", "2", "3", "4", "5"]


def test_a_body_may_be_a_list_of_objects(office: Office) -> None:
    office.receive(b"[" + body(message("m1", "one")) + b"," + body(message("m2", "two")) + b"]")
    office.drain()
    assert office.texts() == ["one", "two"]


def test_a_body_of_a_thousand_items_is_a_thousand_messages(office: Office) -> None:
    office.take_in(*numbered(1000))
    assert office.texts() == [str(n) for n in range(1000)]
    assert office.thread().unread_count == 1000


def test_two_drains_at_once_apply_each_item_once(office: Office) -> None:
    for n in range(40):
        office.receive(body(message(f"m{n}")))
    with ThreadPoolExecutor(4) as threads:
        done = sum(threads.map(lambda _: office.drain(), range(4)))
    office.drain()
    assert (len(office.messages()), office.thread().unread_count) == (40, 40)
    assert done == len(office.rows(ExternalEvent, ExternalEvent.outcome == "applied"))
