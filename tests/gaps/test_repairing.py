"""What Meta did not deliver is fetched from its conversations, once, in order, and shown so."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from app import clock
from app.channels.faults import GraphFault, Unsure
from app.models import Conversation, ExternalEvent, ExternalEventLog, Message
from app.models.states import MessageStatus, Outcome
from tests.bodies import CUSTOMER, NOON, message

if TYPE_CHECKING:
    from datetime import datetime

    from tests.gaps.conftest import Gaps, Past
    from tests.office import Office

ANOTHER = "9988776655443322"


def second(number: int) -> datetime:
    return NOON + timedelta(seconds=number)


def test_what_was_not_delivered_is_filled_in_its_order(
    office: Office, past: Past, gaps: Gaps
) -> None:
    office.take_in(message("m1", "one"), message("m4", "four", at=second(3)))
    for number, text in enumerate(("one", "two", "three", "four"), 1):
        past.wrote(f"m{number}", text, second(number - 1))
    gaps.repair(NOON)
    assert office.texts() == ["one", "two", "three", "four"]
    assert [one.details.get("recovered") for one in office.messages()] == [None, True, True, None]
    assert office.thread().unread_count == 4
    assert office.thread().preview == "four"


def test_a_webhook_that_comes_later_is_a_duplicate(office: Office, past: Past, gaps: Gaps) -> None:
    past.wrote("m1", "one", NOON)
    gaps.repair(NOON)
    office.take_in(message("m1", "one"))
    assert office.texts() == ["one"]
    assert office.thread().unread_count == 1
    assert office.outcomes() == [Outcome.APPLIED, Outcome.DUPLICATE]


def test_repairing_twice_brings_nothing_twice(office: Office, past: Past, gaps: Gaps) -> None:
    past.wrote("m1", "one", NOON)
    gaps.repair(NOON)
    gaps.repair(NOON)
    assert office.texts() == ["one"]
    assert gaps.result().messages == 0
    assert len(office.rows(ExternalEventLog)) == 1


def test_what_is_older_than_the_gap_is_left_out(office: Office, past: Past, gaps: Gaps) -> None:
    past.wrote("m0", "before Inlet was connected", NOON - timedelta(days=9))
    past.wrote("m1", "one", NOON)
    gaps.repair(NOON)
    assert office.texts() == ["one"]


def test_the_window_opens_by_metas_time(office: Office, past: Past, gaps: Gaps) -> None:
    past.wrote("m1", "one", NOON)
    gaps.repair(NOON)
    assert office.thread().window_opened_at == NOON


def test_within_a_second_metas_order_is_kept(office: Office, past: Past, gaps: Gaps) -> None:
    office.take_in(message("m1", "one", at=NOON + timedelta(milliseconds=400)))
    for mid, text in (("m1", "one"), ("m2", "two"), ("m3", "three")):
        past.wrote(mid, text, NOON)
    gaps.repair(NOON)
    assert office.texts() == ["one", "two", "three"]


def test_the_raw_message_is_kept_as_an_event(office: Office, past: Past, gaps: Gaps) -> None:
    past.wrote("m1", "one", NOON)
    gaps.repair(NOON)
    body = office.row(ExternalEventLog)
    assert body.source == "history"
    assert b'"message":{"id":"m1","created_time":"2026-11-22T12:00:00+0000"' in body.body
    event = office.row(ExternalEvent)
    assert (event.outcome, event.kind, event.external_id) == ("applied", "message_received", "m1")


def test_what_a_colleague_wrote_elsewhere_is_filled_in_too(
    office: Office, past: Past, gaps: Gaps
) -> None:
    past.wrote("m1", "one", NOON)
    past.wrote("m2", "answered on the phone", second(1), by_us=True)
    gaps.repair(NOON)
    answer = office.messages()[1]
    assert (answer.direction, answer.via, answer.details) == (
        "outbound",
        "app",
        {"recovered": True},
    )
    assert office.thread().unread_count == 0


def test_an_unconfirmed_answer_is_settled_and_not_doubled(
    office: Office, past: Past, gaps: Gaps
) -> None:
    office.take_in(message("m1", "one", at=clock.now()))
    office.reply("our answer")
    office.finish(office.begin(), Unsure(GraphFault("lost")))
    past.wrote("m1", "one", clock.now())
    past.wrote("m2", "our answer", clock.now(), by_us=True)
    gaps.repair(NOON)
    answer = office.messages()[1]
    assert (answer.status, answer.external_id) == (MessageStatus.SENT, "m2")
    assert len(office.messages()) == 2
    assert answer.details == {}


def test_several_conversations_are_read(office: Office, past: Past, gaps: Gaps) -> None:
    past.wrote("m1", "one", NOON)
    past.wrote("m2", "two", second(1), person=ANOTHER)
    gaps.repair(NOON)
    assert past.asked == ["", CUSTOMER, ANOTHER]
    assert len(office.rows(Conversation)) == 2
    assert (gaps.result().conversations, gaps.result().messages) == (2, 2)
    account = gaps.account()
    assert account.repaired_at is not None
    assert (account.repair_from, account.repair_due_at, account.repair_reached) == (None,) * 3


def test_a_gap_that_meta_does_not_fill_is_told(office: Office, past: Past, gaps: Gaps) -> None:
    for number in range(30):
        past.wrote(f"m{number}", str(number), second(number))
    gaps.repair(NOON)
    assert office.texts() == [str(number) for number in range(10, 30)]
    first, *rest = office.messages()
    assert first.details == {"recovered": True, "after_gap": True}
    assert not any("after_gap" in one.details for one in rest)
    assert gaps.result().gaps == 1


def test_twenty_that_join_what_is_known_are_no_gap(office: Office, past: Past, gaps: Gaps) -> None:
    office.take_in(message("m0", "0"))
    for number in range(20):
        past.wrote(f"m{number}", str(number), second(number))
    gaps.repair(NOON)
    assert len(office.texts()) == 20
    assert gaps.result().gaps == 0


def test_killed_half_way_it_goes_on_where_it_was(office: Office, past: Past, gaps: Gaps) -> None:
    for number in range(4):
        past.wrote(f"m{number}", str(number), second(number), person=f"{ANOTHER}{number}")
    gaps.ask(NOON)
    killed = gaps.repairs().work()
    list(islice(killed, 3))  # the list and two conversations
    gaps.forget_lease()
    past.asked.clear()
    gaps.work()
    assert past.asked == ["", f"{ANOTHER}1", f"{ANOTHER}2", f"{ANOTHER}3"]
    assert sorted(text or "" for text in office.texts()) == ["0", "1", "2", "3"]
    assert gaps.result().messages == 4


def test_two_processes_do_not_repair_at_once(past: Past, gaps: Gaps) -> None:
    past.wrote("m1", "one", NOON)
    gaps.ask(NOON)
    first = gaps.repairs().work()
    next(first)
    assert list(gaps.repairs().work()) == []
    assert list(first) == [None]


def test_asked_for_meanwhile_it_is_done_again(office: Office, past: Past, gaps: Gaps) -> None:
    past.wrote("m1", "one", NOON)
    gaps.ask(second(0))
    first = gaps.repairs().work()
    next(first)
    gaps.ask(NOON - timedelta(hours=1))
    list(first)
    assert gaps.account().repair_from == NOON - timedelta(hours=1)
    gaps.work()
    assert gaps.account().repair_from is None
    assert office.texts() == ["one"]


def test_being_slowed_down_it_waits(past: Past, gaps: Gaps) -> None:
    past.wrote("m1", "one", NOON)
    past.refusal = {CUSTOMER: 613}
    gaps.ask(NOON)
    before = gaps.account().repair_due_at
    gaps.work()
    account = gaps.account()
    assert account.repair_from == NOON
    assert before is not None
    assert account.repair_due_at is not None
    assert account.repair_due_at >= before + timedelta(seconds=59)
    assert gaps.result().problem is not None


def test_a_missing_right_is_told_with_what_to_do(past: Past, gaps: Gaps) -> None:
    past.refusal = {"": 10}
    gaps.repair(NOON)
    problem = gaps.result().problem
    assert problem is not None
    assert problem.next_step
    assert gaps.account().repair_from == NOON


def test_one_conversation_that_meta_refuses_holds_up_no_other(
    office: Office, past: Past, gaps: Gaps
) -> None:
    past.wrote("m1", "one", NOON)
    past.wrote("m2", "two", second(1), person=ANOTHER)
    past.refusal = {CUSTOMER: 100}
    gaps.repair(NOON)
    assert office.texts() == ["two"]
    assert gaps.result().unread == 1
    assert gaps.account().repaired_at is not None


def test_a_switched_off_account_is_left_alone(office: Office, past: Past, gaps: Gaps) -> None:
    gaps.ask(NOON)
    gaps.switch(is_enabled=False)
    gaps.work()
    assert past.asked == []
    gaps.switch(is_enabled=True)
    gaps.repair(NOON)
    assert past.asked == [""]
    assert office.rows(Message) == []
