"""A message whose call can never begin does not go round for ever: it fails, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Unsure
from app.inbox import decisions, deliver, recover, sender, settle
from app.inbox.deliver import MAX_TRIES
from app.inbox.ingest.echoes import WAIT
from app.inbox.reply import trouble_with
from app.models import Delivery, Message
from app.models.database import writing
from tests.bodies import echo, message

if TYPE_CHECKING:
    from datetime import datetime

    from tests.office import Office


@pytest.fixture
def office(office: Office) -> Office:
    """Two answers wait in one conversation."""
    office.take_in(message("m1", at=clock.now()))
    office.reply("bad")
    office.reply("good")
    return office


@pytest.fixture
def poison(office: Office, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The deliveries whose calls cannot begin: the first."""
    bad = {office.rows(Delivery)[0].id}
    start = settle.start

    def fail(session: Any, delivery: Delivery, at: datetime) -> None:
        if delivery.id in bad:
            raise RuntimeError("a mistake, with a secret in it")
        start(session, delivery, at)

    monkeypatch.setattr(settle, "start", fail)
    return bad


def go_round(office: Office, times: int) -> None:
    """Claim and begin what is due as often as that, each time when it may be tried again."""
    with time_machine.travel(clock.now(), tick=False) as moment:
        for _ in range(times):
            moment.move_to(max(clock.now(), office.rows(Delivery)[0].next_try_at))
            assert office.sender.begin(office.claim(limit=1)) == []


@pytest.mark.usefixtures("poison")
def test_it_is_tried_again_later(office: Office) -> None:
    go_round(office, 1)
    bad = office.rows(Delivery)[0]
    assert (bad.state, bad.claimed_by) == ("queued", None)
    assert bad.next_try_at > clock.now()
    assert [one.outcome for one in office.attempts()] == ["retry"]


@pytest.mark.usefixtures("poison")
def test_after_some_tries_it_fails_and_says_why(office: Office) -> None:
    go_round(office, MAX_TRIES)
    failed = office.messages()[1]
    assert (failed.status, failed.error_kind) == ("failed", "not-begun")
    told = trouble_with(failed)
    assert told is not None
    assert "Retry" in told.next_step
    assert "secret" not in str(failed.error_message)
    assert [one.outcome for one in office.attempts()] == ["retry"] * (MAX_TRIES - 1) + ["failed"]
    assert office.thread().attention_count == 1


def test_the_proof_of_an_earlier_call_still_counts(office: Office, poison: set[int]) -> None:
    """A call may have gone through; a person retries, and the next call cannot begin."""
    bad = set(poison)
    poison.clear()
    office.finish(office.begin(), Unsure(GraphFault("Silence")))
    poison.update(bad)
    with writing(office.engine) as session:
        first = session.get_one(Delivery, *bad)
        decisions.retry(session, office.workspace_id, first.message_id)
    go_round(office, 1)
    sent = clock.now()
    office.take_in(echo("x1", "bad", at=sent))
    with time_machine.travel(sent + 2 * WAIT, tick=False):
        office.drain()
    assert (office.states(), office.texts()) == (["sent", "queued"], ["Hi", "bad", "good"])


@pytest.mark.usefixtures("poison")
def test_then_the_next_one_goes(office: Office) -> None:
    go_round(office, MAX_TRIES)
    [call] = office.sender.begin(office.claim())
    assert call.out.text == "good"


def test_once_mended_it_is_sent_on_a_persons_word(office: Office, poison: set[int]) -> None:
    go_round(office, MAX_TRIES)
    poison.clear()
    with writing(office.engine) as session:
        failed = session.query(Message).filter(Message.status == "failed").one()
        decisions.retry(session, office.workspace_id, failed.id)
    [call] = office.sender.begin(office.claim())
    office.finish(call, Sent("x1"))
    assert office.states() == ["sent", "queued"]


def test_a_mistake_that_passes_costs_a_try_only(office: Office, poison: set[int]) -> None:
    go_round(office, 2)
    poison.clear()
    with time_machine.travel(office.rows(Delivery)[0].next_try_at, tick=False):
        [call] = office.sender.begin(office.claim())
    assert (call.out.text, call.attempt) == ("bad", 3)


def test_where_not_even_that_can_be_noted_the_claim_is_freed(
    office: Office, poison: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(deliver, "not_begun", fail)
    monkeypatch.setattr(sender, "BEGIN_PATIENCE", 0.0)
    assert office.sender.begin(office.claim()) == []
    assert office.states()[0] == "claimed"
    with time_machine.travel(clock.now() + 2 * recover.STALE_CLAIM), writing(office.engine) as one:
        assert recover.recover(one) == 1
    assert office.states()[0] == "queued"


@pytest.mark.usefixtures("poison")
def test_what_is_no_more_claimed_is_left_alone(office: Office) -> None:
    with writing(office.engine) as session:
        deliver.not_begun(session, office.rows(Delivery)[0].id, "RuntimeError")
    assert (office.states(), office.attempts()) == (["queued", "queued"], [])
