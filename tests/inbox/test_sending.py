"""A send ends in what Meta's answer means, and says why."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses
import time_machine
from sqlalchemy import QueuePool, update

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Permanent, Retryable, Throttled
from app.inbox import decisions
from app.inbox.deliver import MAX_TRIES
from app.inbox.reply import trouble_with
from app.inbox.slowing import pause
from app.models import Delivery, Integration, Message
from app.models.database import writing
from tests.bodies import ACCOUNT, CUSTOMER, PAGE, message
from tests.office import TOKEN

if TYPE_CHECKING:
    from tests.office import Office

FACEBOOK = f"https://graph.facebook.com/v23.0/{PAGE}/messages"
INSTAGRAM = "https://graph.instagram.com/v23.0/me/messages"
ACCEPTED = {"recipient_id": CUSTOMER, "message_id": "x1"}
SLOW = GraphFault("Too many calls", code=613)
NO_USER = (100, 2018001, "No matching user found")
NO_USER_EITHER = (100, 2534014, "The requested user cannot be found.")


@pytest.fixture
def office(office: Office) -> Office:
    """An answer waits in a conversation."""
    office.take_in(message("m1", at=clock.now()))
    office.reply("Welcome")
    return office


def error(code: int, subcode: int | None, words: str) -> dict[str, Any]:
    fault = {"message": words, "code": code, "error_subcode": subcode, "fbtrace_id": "T1"}
    return {"error": {"type": "OAuthException", **fault}}


def config(office: Office, **values: object) -> None:
    with writing(office.engine) as session:
        one = session.get_one(Integration, office.integration_id)
        one.config = {**one.config, **values}


def written_by(office: Office, user_id: int) -> None:
    with writing(office.engine) as session:
        answers = update(Message).where(Message.direction == "outbound")
        session.execute(answers.values(author_id=user_id, via="inbox"))


def sent_body(meta: responses.RequestsMock) -> Any:
    return json.loads(meta.calls[0].request.body or b"")


def test_an_accepted_message_is_sent_under_metas_id(
    office: Office, meta: responses.RequestsMock
) -> None:
    meta.post(FACEBOOK, json=ACCEPTED)
    office.send()
    sent = office.messages()[1]
    assert (sent.status, sent.external_id) == ("sent", "x1")
    assert sent.sent_at is not None
    assert (office.states(), office.thread().preview_status) == (["sent"], "sent")
    assert sent_body(meta)["recipient"] == {"id": CUSTOMER}


def test_a_customer_who_writes_in_the_same_millisecond_is_shown_as_they_are(
    office: Office,
) -> None:
    place = office.messages()[-1].position_at
    at = datetime.fromtimestamp(place / 1000, UTC)
    office.take_in(message("m2", "And one more thing", at=at))
    before = office.thread()
    assert (before.preview, before.position_at) == ("And one more thing", place)
    office.finish(office.begin(), Sent("x1"))
    assert office.thread().preview_status == before.preview_status


def test_every_try_is_an_attempt(office: Office, meta: responses.RequestsMock) -> None:
    meta.post(FACEBOOK, json=error(2, None, "Temporarily unavailable"), status=500)
    meta.post(FACEBOOK, json=ACCEPTED)
    office.send()
    with time_machine.travel(clock.now() + timedelta(seconds=5)):
        office.send()
    first, second = office.attempts()
    assert (first.number, first.outcome, first.code, first.trace_id) == (1, "retry", 2, "T1")
    assert (second.number, second.outcome, second.error_message) == (2, "sent", None)
    assert first.finished_at is not None


def test_a_message_that_is_tried_again_shows_as_queued(
    office: Office, meta: responses.RequestsMock
) -> None:
    meta.post(FACEBOOK, json=error(4, None, "Too many calls"), status=400)
    office.send()
    assert (office.states(), office.statuses()[1]) == (["queued"], "queued")
    due = office.row(Delivery).next_try_at
    assert due > clock.now() + timedelta(seconds=10)


def test_no_connection_is_tried_again(office: Office, meta: responses.RequestsMock) -> None:
    meta.post(FACEBOOK, body=requests.ConnectTimeout())
    office.send()
    assert office.states() == ["queued"]


@pytest.mark.parametrize(
    "answer",
    [
        {"body": requests.ReadTimeout()},
        {"body": requests.ConnectionError("reset")},
        {"body": b"<html>Bad gateway</html>", "status": 502},
        {"body": b"{}"},
        {"json": error(1, 1357046, "Sent all the same"), "status": 500},
    ],
    ids=["timeout", "reset", "bad gateway", "no id", "stumbled"],
)
def test_an_answer_that_says_nothing_leaves_the_message_unconfirmed(
    office: Office, meta: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    meta.post(FACEBOOK, **answer)
    office.send()
    assert (office.states(), office.statuses()[1]) == (["unconfirmed"], "unconfirmed")
    assert (office.thread().attention_count, len(meta.calls)) == (1, 1)


@pytest.mark.parametrize("fault", [NO_USER, NO_USER_EITHER], ids=["100", "2534014"])
def test_the_errors_everybody_meets_fail_with_an_explanation(
    office: Office, meta: responses.RequestsMock, fault: tuple[int, int | None, str]
) -> None:
    meta.post(FACEBOOK, json=error(*fault), status=400)
    office.send()
    failed = office.messages()[1]
    assert (failed.status, failed.error_code, failed.error_subcode) == ("failed", *fault[:2])
    assert failed.error_message == fault[2]
    told = trouble_with(failed)
    assert told is not None
    assert all((told.message, told.explanation, told.next_step))
    assert office.thread().attention_count == 1


def test_after_the_last_try_a_message_fails(office: Office) -> None:
    with writing(office.engine) as session:
        session.execute(update(Delivery).values(attempts=MAX_TRIES - 1))
    office.finish(office.begin(), Retryable(GraphFault("Try again", code=2)))
    assert (office.states(), office.attempts()[-1].outcome) == (["failed"], "failed")


def test_to_wait_is_no_failure_however_often_meta_asks(office: Office) -> None:
    tries = 3 * MAX_TRIES
    with time_machine.travel(clock.now(), tick=False) as moment:
        for _ in range(tries):
            office.finish(office.begin(), Throttled(SLOW))
            assert office.states() == ["queued"]
            moment.move_to(office.row(Delivery).next_try_at)
        assert {one.outcome for one in office.attempts()} == {"throttled"}
        for _ in range(MAX_TRIES - 1):
            office.finish(office.begin(), Retryable(GraphFault("Try again", code=2)))
            assert office.states() == ["queued"]
            moment.move_to(office.row(Delivery).next_try_at)
        office.finish(office.begin(), Retryable(GraphFault("Try again", code=2)))
    assert office.states() == ["failed"]


def test_what_waits_for_meta_fails_when_its_window_has_closed(
    office: Office, meta: responses.RequestsMock
) -> None:
    office.finish(office.begin(), Throttled(SLOW))
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        office.send()
    failed = office.messages()[1]
    assert (failed.status, failed.error_kind, len(meta.calls)) == ("failed", "window-closed", 0)


def test_the_pause_grows_with_every_try_up_to_a_limit() -> None:
    pauses = [pause(Retryable(GraphFault("")), n).total_seconds() for n in range(1, 11)]
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert pause(Throttled(GraphFault("")), 1).total_seconds() == 15


@pytest.mark.parametrize(
    ("asked", "granted"), [(60.0, 60), (1.0, 2), (80_000.0, 80_000), (1e300, 86_400)]
)
def test_a_longer_pause_that_meta_asks_for_counts_up_to_a_day(asked: float, granted: int) -> None:
    fault = GraphFault("", retry_after=asked)
    assert pause(Retryable(fault), 1).total_seconds() == granted


def test_no_database_connection_is_held_during_the_call(
    office: Office, meta: responses.RequestsMock
) -> None:
    def answer(_: object) -> tuple[int, dict[str, str], str]:
        assert isinstance(office.engine.pool, QueuePool)
        held.append(office.engine.pool.checkedout())
        return 200, {}, json.dumps(ACCEPTED)

    held: list[int] = []
    meta.add_callback("POST", FACEBOOK, answer)
    office.send()
    assert held == [0]


def test_the_delivery_is_sending_before_the_call_is_made(
    office: Office, meta: responses.RequestsMock
) -> None:
    def answer(_: object) -> tuple[int, dict[str, str], str]:
        seen.extend([*office.states(), office.statuses()[1], office.attempts()[0].outcome])
        return 200, {}, json.dumps(ACCEPTED)

    seen: list[str] = []
    meta.add_callback("POST", FACEBOOK, answer)
    office.send()
    assert seen == ["sending"] * 3


def test_a_window_that_closed_while_the_message_waited_fails_it(office: Office) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        office.send()
    failed = office.messages()[1]
    assert (failed.status, failed.error_code, failed.error_subcode) == ("failed", 10, 2534022)


def test_a_human_agent_answers_for_seven_days_and_says_so(
    office: Office, meta: responses.RequestsMock
) -> None:
    config(office, human_agent=True)
    written_by(office, office.person().id)
    meta.post(FACEBOOK, json=ACCEPTED)
    with time_machine.travel(clock.now() + timedelta(days=6)):
        office.send()
    assert (sent_body(meta)["messaging_type"], sent_body(meta)["tag"]) == (
        "MESSAGE_TAG",
        "HUMAN_AGENT",
    )
    assert office.attempts()[0].tag == "HUMAN_AGENT"


def test_what_a_program_wrote_is_not_sent_as_a_persons(office: Office) -> None:
    config(office, human_agent=True)
    with time_machine.travel(clock.now() + timedelta(days=6)):
        office.send()
    assert (office.states(), office.attempts()[0].tag) == (["failed"], None)


def test_within_a_day_the_human_agent_tag_is_not_used(
    office: Office, meta: responses.RequestsMock
) -> None:
    config(office, human_agent=True)
    meta.post(FACEBOOK, json=ACCEPTED)
    office.send()
    assert "tag" not in sent_body(meta)
    assert office.attempts()[0].tag is None


def test_an_account_of_instagram_login_sends_over_its_own_host(
    office: Office, meta: responses.RequestsMock
) -> None:
    config(office, login="instagram")
    meta.post(INSTAGRAM, json=ACCEPTED)
    office.send()
    assert office.states() == ["sent"]


def test_one_id_in_both_fields_sends_as_whoever_the_token_is_for(
    office: Office, meta: responses.RequestsMock
) -> None:
    config(office, page_id=ACCOUNT)
    meta.post("https://graph.facebook.com/v23.0/me/messages", json=ACCEPTED)
    office.send()
    assert office.states() == ["sent"]


def test_a_delivery_that_is_not_claimed_is_not_sent(office: Office) -> None:
    office.deliver(office.row(Delivery).id)
    assert office.states() == ["queued"]


def test_a_switched_off_channel_holds_what_was_claimed(office: Office) -> None:
    [claimed] = office.claim()
    with writing(office.engine) as session:
        session.execute(update(Integration).values(is_enabled=False))
    office.deliver(claimed)
    assert (office.states(), office.statuses()[1]) == (["held"], "held")
    assert office.attempts() == []


def test_secrets_are_neither_logged_nor_kept(
    office: Office, meta: responses.RequestsMock, capfd: pytest.CaptureFixture[str]
) -> None:
    meta.post(FACEBOOK, json=error(190, None, f"Malformed access token {TOKEN}"), status=400)
    office.send()
    kept = [office.attempts()[0].error_message, office.row(Integration).broken_message]
    assert TOKEN not in f"{kept}{capfd.readouterr()}"
    assert "[secret]" in (kept[0] or "")


def test_a_failed_message_is_sent_again_when_a_person_asks(
    office: Office, meta: responses.RequestsMock
) -> None:
    office.finish(office.begin(), Permanent(GraphFault("No", code=100)))
    meta.post(FACEBOOK, json=ACCEPTED)
    with writing(office.engine) as session:
        decisions.retry(session, office.workspace_id, office.messages()[1].id)
    assert (office.statuses()[1], office.thread().attention_count) == ("queued", 0)
    office.send()
    assert (office.statuses()[1], len(office.attempts())) == ("sent", 2)
    assert office.messages()[1].error_message is None


def test_an_attempt_says_what_was_called_how_long_it_took_and_what_came_back(
    office: Office, meta: responses.RequestsMock
) -> None:
    meta.post(FACEBOOK, json=ACCEPTED)
    office.send()
    [attempt] = office.attempts()
    assert (attempt.endpoint, attempt.http_status) == (f"{PAGE}/messages", 200)
    assert attempt.duration_ms is not None


def test_meta_gets_no_mark_where_it_documents_none(
    office: Office, meta: responses.RequestsMock
) -> None:
    meta.post(FACEBOOK, json=ACCEPTED)
    office.send()
    assert sent_body(meta)["message"] == {"text": "Welcome"}


def test_what_ended_a_delivery_is_kept(office: Office, meta: responses.RequestsMock) -> None:
    meta.post(FACEBOOK, json=ACCEPTED)
    office.send()
    assert office.row(Delivery).settled_by == "answer"


def test_what_never_came_to_a_call_was_ended_by_no_evidence(office: Office) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        office.send()
    delivery = office.row(Delivery)
    assert (delivery.state, delivery.settled_by) == ("failed", None)


def test_who_got_no_answer_waits_again(office: Office, meta: responses.RequestsMock) -> None:
    since = office.thread().waiting_since
    assert since is None
    first = office.messages()[0]
    meta.post(FACEBOOK, json=error(551, None, "Not available"), status=400)
    office.send()
    assert office.thread().waiting_since == first.provider_at
    with writing(office.engine) as session:
        answer = office.messages()[1].id
        decisions.retry(session, office.workspace_id, answer, None)
    assert office.thread().waiting_since is None
    with writing(office.engine) as session:
        session.execute(update(Delivery).values(state="failed"))
        decisions.give_up(session, office.workspace_id, answer, None)
    assert office.thread().waiting_since == first.provider_at
