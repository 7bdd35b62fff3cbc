"""What a dead worker left behind is freed, and nothing is sent twice for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Permanent, Retryable
from app.inbox import decisions, deliver
from app.inbox import recover as recovery
from app.inbox.errors import Conflict, NotFound
from app.models.database import reading, writing
from tests.bodies import echo, message

if TYPE_CHECKING:
    from app.inbox.deliver import Call
    from tests.office import Office


@pytest.fixture
def office(office: Office) -> Office:
    """An answer waits in a conversation."""
    office.take_in(message("m1", at=clock.now()))
    office.reply("Welcome")
    return office


def recover(office: Office, seconds: int) -> int:
    with time_machine.travel(clock.now() + timedelta(seconds=seconds)):
        with reading(office.engine) as session:
            stuck = recovery.is_stuck(session)
        with writing(office.engine) as session:
            freed = recovery.recover(session)
    assert stuck == bool(freed)
    return freed


def given_up(office: Office) -> Call:
    """Return a call whose worker was taken for dead."""
    call = office.begin()
    assert recover(office, 26) == 1
    return call


def again(office: Office) -> Call:
    """Return the call of a person's second try."""
    with writing(office.engine) as session:
        decisions.retry(session, office.workspace_id, office.messages()[1].id)
    return office.begin()


@pytest.mark.parametrize(("seconds", "state"), [(14, "claimed"), (16, "queued")])
def test_a_stale_claim_returns_to_the_queue(office: Office, seconds: int, state: str) -> None:
    office.claim()
    recover(office, seconds)
    assert office.states() == [state]


@pytest.mark.parametrize(("seconds", "state"), [(24, "sending"), (26, "unconfirmed")])
def test_a_stale_send_becomes_unconfirmed(office: Office, seconds: int, state: str) -> None:
    office.begin()
    recover(office, seconds)
    assert office.states() == [state]
    assert office.attempts()[0].outcome == state


def test_a_send_that_was_given_up_says_why(office: Office) -> None:
    given_up(office)
    assert office.messages()[1].error_message == "The worker stopped before Meta's answer was noted"
    assert office.thread().attention_count == 1


def test_a_worker_that_claims_what_was_taken_from_it_sends_nothing(office: Office) -> None:
    [claimed] = office.claim()
    recover(office, 16)
    with writing(office.engine) as session:
        assert deliver.begin(session, office.keyring, [claimed], clock.now()) == []
    assert office.states() == ["queued"]


def test_a_late_answer_still_counts(office: Office) -> None:
    office.finish(given_up(office), Sent("x1"))
    assert (office.states(), office.attempts()[0].outcome) == (["sent"], "sent")
    assert office.thread().attention_count == 0


def test_a_late_refusal_still_counts(office: Office) -> None:
    office.finish(given_up(office), Permanent(GraphFault("No", code=100)))
    assert (office.states(), office.thread().attention_count) == (["failed"], 1)


def test_a_late_answer_to_a_discarded_message_is_left_alone(office: Office) -> None:
    call = given_up(office)
    with writing(office.engine) as session:
        decisions.give_up(session, office.workspace_id, office.messages()[1].id)
    office.finish(call, Retryable(GraphFault("later")))
    assert (office.states(), office.thread().attention_count) == (["discarded"], 0)


def test_the_answer_to_a_first_try_is_ignored_while_the_second_runs(office: Office) -> None:
    call = given_up(office)
    second = again(office)
    office.finish(call, Permanent(GraphFault("No", code=100)))
    assert office.states() == ["sending"]
    office.finish(second, Sent("x2"))
    assert [one.outcome for one in office.attempts()] == ["unconfirmed", "sent"]


def test_the_answer_after_an_echo_settled_it_changes_nothing(office: Office) -> None:
    call = given_up(office)
    office.take_in(echo("x1", "Welcome", at=clock.now()))
    assert office.states() == ["sent"]
    office.finish(call, Permanent(GraphFault("No", code=100)))
    assert (office.states(), office.messages()[1].external_id) == (["sent"], "x1")


@pytest.mark.parametrize("state", ["sending", "sent"])
def test_what_was_called_and_is_not_stuck_waits_for_no_person(office: Office, state: str) -> None:
    call = office.begin()
    if state == "sent":
        office.finish(call, Sent("x1"))
    with writing(office.engine) as session, pytest.raises(Conflict):
        decisions.retry(session, office.workspace_id, office.messages()[1].id)
    with writing(office.engine) as session, pytest.raises(Conflict):
        decisions.give_up(session, office.workspace_id, office.messages()[1].id)
    assert office.states() == [state]


def test_another_workspace_cannot_decide(office: Office) -> None:
    given_up(office)
    with writing(office.engine) as session, pytest.raises(NotFound):
        decisions.retry(session, office.workspace_id + 1, office.messages()[1].id)
    assert office.states() == ["unconfirmed"]
