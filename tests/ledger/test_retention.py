"""What Meta sent long ago goes, in small steps; what is unfinished stays, and so do messages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.inbox import retention
from app.inbox.retention import Retention, forget
from app.models import ExternalEvent, ExternalEventLog
from app.models.database import writing
from app.models.states import Outcome
from tests.bodies import body, echo, item, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.office import Office

    Put = Callable[..., int]

OLD = timedelta(days=91)


def age(office: Office, **changed: object) -> None:
    """Let all bodies have come long ago."""
    long_ago = clock.now() - OLD
    with writing(office.engine) as session:
        moments = {"received_at": long_ago, "last_received_at": long_ago}
        session.execute(update(ExternalEventLog).values(moments | changed))


def bodies(office: Office) -> list[int]:
    return [one.id for one in office.rows(ExternalEventLog)]


def test_a_finished_body_goes_with_its_items_and_messages_stay(office: Office) -> None:
    office.take_in(message("m1", "one"), message("m2", "two"))
    age(office)

    assert Retention(office.engine, 90).step() == 1

    assert office.rows(ExternalEvent) == []
    assert bodies(office) == []
    assert office.texts() == ["one", "two"]
    assert [one.event_id for one in office.messages()] == [None, None]


@pytest.mark.parametrize(
    "items",
    [
        [message("m1", "one"), message("m2", "two")],
        [echo("m1", "from the phone")],
        [item(postback={"title": "Yes", "payload": "Y"}), item(reaction={"mid": "m0"})],
    ],
)
def test_what_is_delivered_again_afterwards_is_not_doubled(
    office: Office, items: list[dict[str, object]]
) -> None:
    office.take_in(*items)
    stored = office.texts()
    age(office)
    Retention(office.engine, 90).step()

    office.take_in(*items)

    assert office.texts() == stored


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_what_is_finished_goes(office: Office, put: Put, outcome: Outcome) -> None:
    put(outcome=outcome)
    age(office)
    stays = outcome in {"pending", "parked", "failed", "unroutable"}

    assert Retention(office.engine, 90).step() == (not stays)
    assert len(office.rows(ExternalEvent)) == len(bodies(office)) == stays


def test_one_unfinished_item_keeps_the_whole_body(office: Office) -> None:
    office.take_in(message("m1"), message("m2"))
    last = office.rows(ExternalEvent)[-1].id
    with writing(office.engine) as session:
        session.execute(
            update(ExternalEvent).where(ExternalEvent.id == last).values(outcome="failed")
        )
    age(office)

    assert Retention(office.engine, 90).step() == 0
    assert office.outcomes() == ["applied", "failed"]


def test_a_body_that_is_not_unpacked_stays(office: Office) -> None:
    office.receive(body(message("m1")))
    age(office)

    assert Retention(office.engine, 90).step() == 0
    office.drain()
    assert office.texts() == ["Hi"]


def test_a_body_that_came_again_lately_stays(office: Office, put: Put) -> None:
    put(outcome="applied")
    age(office, last_received_at=clock.now())

    assert Retention(office.engine, 90).step() == 0


def test_what_is_young_stays(office: Office, put: Put) -> None:
    put(outcome="applied", created_at=clock.now() - timedelta(days=89))

    assert Retention(office.engine, 90).step() == 0


def test_0_days_is_for_ever(office: Office, put: Put) -> None:
    put(outcome="applied")
    age(office)

    assert Retention(office.engine, 0).step() == 0


def test_each_step_is_small_and_what_stays_holds_up_nothing(
    office: Office, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    for outcome in ("failed", "failed", "applied", "failed", "applied"):
        put(outcome=outcome)
    age(office)
    monkeypatch.setattr(retention, "BATCH", 2)
    keeper = Retention(office.engine, 90)

    assert [keeper.step() for _ in range(4)] == [0, 1, 1, 0]
    assert office.outcomes() == ["failed"] * 3


def test_after_the_last_old_body_it_rests(office: Office, put: Put) -> None:
    keeper = Retention(office.engine, 90)
    keeper.step()
    put(outcome="applied")
    age(office)

    assert keeper.step() == 0
    with writing(office.engine) as session:
        assert forget(session, clock.now(), 0) == retention.Looked(1, None)
