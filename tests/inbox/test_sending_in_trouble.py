"""Commits that nobody heard of and steps that fail: every call is made, and every answer noted."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app import clock
from app.channels.base import Sent, Usage
from app.channels.faults import GraphFault, Permanent, Throttled, Unsure
from app.inbox import broken, claim, decisions, deliver, pace, recover, sender, settle
from app.inbox.ingest.echoes import WAIT
from app.inbox.sender import Sender
from app.installation import Installation
from app.models import Conversation, Delivery, Integration, database
from app.models.database import persist, writing
from app.tasks.pool import SendPool
from tests.bodies import PAGE, body, echo, message
from tests.office import Office, connect, given

if TYPE_CHECKING:
    from collections.abc import Iterator

    import responses

    from config import Settings

FACEBOOK = f"https://graph.facebook.com/v23.0/{PAGE}/messages"
AWAY = OperationalError(None, None, Exception("the connection is lost"))
DEAD = {"error": {"type": "OAuthException", "code": 190, "message": "Session has expired"}}


@pytest.fixture
def office(office: Office) -> Office:
    """An answer waits in each of two conversations."""
    office.take_in(*(message(f"m{n}", person=f"77{n}", at=clock.now()) for n in range(2)))
    for thread in office.rows(Conversation):
        office.reply(f"Answer {thread.id}", thread=thread.id)
    return office


@pytest.fixture
def unheard() -> Iterator[list[str]]:
    """Let commits succeed while their news is lost, as often as there are words in the list."""
    losses: list[str] = []

    def lose(_session: Session) -> None:
        if losses:
            losses.pop()
            raise AWAY

    event.listen(Session, "after_commit", lose)
    yield losses
    event.remove(Session, "after_commit", lose)


def test_calls_whose_beginning_was_committed_unheard_are_made(
    office: Office, unheard: list[str]
) -> None:
    claimed = office.claim()
    unheard.append("begin")
    calls = office.sender.begin(claimed)
    assert [(one.delivery_id, one.attempt) for one in calls] == [(one, 1) for one in claimed]
    assert [one.number for one in office.attempts()] == [1, 1]


def test_nobody_else_gets_calls_that_have_begun(office: Office) -> None:
    claimed = office.claim()
    assert len(office.sender.begin(claimed)) == len(claimed)
    assert office.sender.begin(claimed) == []


def test_an_answer_that_was_committed_unheard_is_settled_once(
    office: Office, unheard: list[str]
) -> None:
    first, second = begun(office)
    unheard.append("finish")
    given = [deliver.Answered(first, Sent("s1")), deliver.Answered(second, Unsure(GraphFault("?")))]
    assert office.sender.write(given) is None
    assert office.states() == ["sent", "unconfirmed"]
    assert [one.attention_count for one in office.rows(Conversation)] == [0, 1]


def test_of_two_answers_to_one_message_the_one_to_the_latest_try_counts(office: Office) -> None:
    first, _ = begun(office)
    office.finish(first, Unsure(GraphFault("Silence")))
    with writing(office.engine) as session:
        message_id = session.get_one(Delivery, first.delivery_id).message_id
        decisions.retry(session, office.workspace_id, message_id)
    [second] = begun(office)
    late = deliver.Answered(first, Permanent(GraphFault("No", code=100)))
    office.sender.write([deliver.Answered(second, Sent("s2")), late])
    assert office.states()[0] == "sent"


def test_a_database_that_is_away_is_not_asked_for_each_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def away(_session: Session, **given: Any) -> None:
        asked.append(given)
        raise AWAY

    claimed = office.claim()
    monkeypatch.setattr(sender, "BEGIN_PATIENCE", 0.0)
    monkeypatch.setattr(deliver, "begin", away)
    with pytest.raises(OperationalError):
        office.sender.begin(claimed)
    assert len(asked) == 1


def test_answers_wait_for_a_database_that_is_away_for_minutes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [deliver.Answered(one, Sent(f"s{one.delivery_id}")) for one in begun(office)]
    minutes = iter(range(5))
    finish = deliver.finish
    asked: list[int] = []

    def away(session: Session, answered: list[deliver.Answered]) -> None:
        asked.append(len(answered))
        if next(minutes, None) is not None:
            raise AWAY
        finish(session, answered)

    monkeypatch.setattr(database, "time", never_sleeping())
    monkeypatch.setattr(deliver, "finish", away)
    with capture_logs() as logs:
        assert office.sender.write(given) is None
    assert asked == [2, 1, 1, 1, 1, 1, 1]
    assert office.states() == ["sent", "sent"]
    assert "database_waited_for" in {one["event"] for one in logs}


def test_a_step_that_fails_by_itself_is_not_repeated(office: Office) -> None:
    tries: list[str] = []

    def mistaken(session: Session) -> None:
        tries.append("once")
        session.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(DBAPIError):
        persist(office.engine, mistaken, math.inf)
    assert tries == ["once"]


def test_what_begins_alone_waits_for_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake lets each begin alone; then the database goes away, and one has begun."""
    begin, asked = deliver.begin, list[int]()

    def troubled(session: Session, delivery_ids: list[int], **given: Any) -> Any:
        asked.append(len(delivery_ids))
        if len(delivery_ids) > 1:
            raise RuntimeError("a mistake")
        if len(asked) > 2:
            raise AWAY
        return begin(session, delivery_ids=delivery_ids, **given)

    monkeypatch.setattr(deliver, "begin", troubled)
    monkeypatch.setattr(database, "time", never_sleeping())
    assert len(begun(office)) == 1
    assert asked == [2, 1, 1]
    assert office.states() == ["sending", "claimed"]


def test_what_begins_after_a_dead_connection_waits_for_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = another(office)
    with writing(office.engine) as session:
        session.get_one(Integration, other.integration_id).access_token = None
    begin, asked = deliver.begin, list[int]()

    def goes_away(session: Session, delivery_ids: set[int], **given: Any) -> Any:
        asked.append(len(delivery_ids))
        if len(asked) > 1:
            raise AWAY
        return begin(session, delivery_ids=delivery_ids, **given)

    monkeypatch.setattr(deliver, "begin", goes_away)
    monkeypatch.setattr(database, "time", never_sleeping())
    assert len(begun(office)) == 2
    assert asked == [3, 1]


def test_a_pool_without_a_free_connection_is_waited_for(office: Office) -> None:
    if office.engine.dialect.name == "sqlite":
        pytest.skip("a file has no round trips, and the pool is as large as it must be")
    given = [deliver.Answered(one, Sent(f"s{one.delivery_id}")) for one in begun(office)]
    small = create_engine(office.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    other = Sender(small, office.graph, office.keyring)
    with small.connect() as taken, ThreadPoolExecutor(1) as threads:
        written = threads.submit(other.write, given)
        time.sleep(0.5)
        taken.close()
        assert written.result(30) is None
    small.dispose()
    assert office.states() == ["sent", "sent"]


def test_what_meta_took_counts_though_a_try_was_counted_that_never_called(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = begun(office)
    with time_machine.travel(clock.now() + timedelta(seconds=26), tick=False):
        with writing(office.engine) as session:
            recover.recover(session)
            message_id = session.get_one(Delivery, first.delivery_id).message_id
        with writing(office.engine) as session:
            decisions.retry(session, office.workspace_id, message_id)
        with monkeypatch.context() as broken_for_now:
            broken_for_now.setattr(settle, "start", lambda *_: 1 // 0)
            assert begun(office) == []
        office.finish(first, Sent("s1"))
    assert office.states()[0] == "sent"
    mine = [one for one in office.attempts() if one.delivery_id == first.delivery_id]
    assert [one.outcome for one in mine] == ["sent", "retry"]


def test_calls_that_began_are_made_though_another_connection_cannot_be_noted_as_broken(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = another(office)
    with writing(office.engine) as session:
        other_one = session.get_one(Integration, other.integration_id)
        other_one.access_token = None
    monkeypatch.setattr(sender, "PATIENCE", 0.0)
    monkeypatch.setattr(broken, "break_off", fail)
    calls = begun(office)
    assert {one.integration_id for one in calls} == {office.integration_id}
    assert office.states() == ["sending", "sending", "claimed"]


def test_an_answer_is_noted_though_its_connection_cannot_be_noted_as_broken(
    office: Office, meta: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta.post(FACEBOOK, json=DEAD, status=400)
    call, _ = begun(office)
    monkeypatch.setattr(sender, "PATIENCE", 0.0)
    monkeypatch.setattr(broken, "break_off", fail)
    with pytest.raises(OperationalError):
        office.sender.send(call)
    assert (office.states()[0], office.attempts()[0].outcome) == ("queued", "held")


def test_buckets_are_locked_in_the_order_of_their_accounts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    another(office)
    office.take_in(message("m3", person="773", at=clock.now()))
    newest = office.rows(Conversation)[-1]
    office.reply("Answer", thread=newest.id)
    paused: list[int] = []
    pause = pace.pause

    def note(session: Session, account_ids: list[int], until: Any) -> None:
        paused.extend(account_ids)
        pause(session, account_ids, until)

    monkeypatch.setattr(pace, "pause", note)
    calls = begun(office)
    slow = Throttled(GraphFault("Slower", code=613, retry_after=60))
    full = Sent("s1", Usage(percent=100, seconds=60, app_percent=0))
    office.sender.write([deliver.Answered(one, slow if n else full) for n, one in enumerate(calls)])
    assert len(set(paused)) == 2
    assert paused == sorted(paused)


def test_an_echo_that_became_a_message_is_taken_back_among_others(office: Office) -> None:
    first, second = begun(office)
    sent = clock.now()
    office.take_in(echo("s1", "Answer 1", person="770", at=sent))
    with time_machine.travel(sent + 2 * WAIT, tick=False):
        office.drain()
        assert len(office.messages()) == 5
        late = [deliver.Answered(first, Sent("s1")), deliver.Answered(second, Sent("s2"))]
        assert office.sender.write(late) is None
    assert office.states() == ["sent", "sent"]
    assert [one.external_id for one in office.messages()] == ["m0", "m1", "s1", "s2"]
    assert {one.preview_status for one in office.rows(Conversation)} == {"sent"}


def test_a_look_for_more_that_fails_is_logged(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "claim", lambda *_: 1 // 0)
    pool = SendPool(Installation.of(settings))
    with capture_logs() as logs:
        pool._look_again()
    assert pool.close(0.0)
    assert [one["event"] for one in logs] == ["claim_failed"]


def another(office: Office) -> Office:
    """Return another workspace, in which an answer waits too."""
    config = {"pageId": "202", "instagramPageId": "302"}
    found = connect(office.engine, office.keyring, "Hill", given(config=config))
    found.receive(body(message("m9", person="779", at=clock.now()), account="302"))
    found.drain()
    thread = found.thread(Conversation.workspace_id == found.workspace_id)
    found.reply("Answer", thread=thread.id)
    return found


def begun(office: Office) -> list[deliver.Call]:
    return office.sender.begin(office.claim())


def never_sleeping() -> SimpleNamespace:
    """Return a clock on the wall that goes on by a minute whenever it is looked at."""
    return SimpleNamespace(monotonic=count(step=60).__next__, sleep=lambda _seconds: None)


def fail(*_: Any, **__: Any) -> None:
    raise AWAY
