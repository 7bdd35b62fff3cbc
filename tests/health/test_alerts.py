"""What people must hear of: found in time, told to whom it concerns, and never without need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import update

from app import clock
from app.inbox import alerts, beats
from app.inbox.alerts import Alert, Kind, Surroundings
from app.inbox.spool.folder import State
from app.models import Delivery, ExternalEvent, ExternalEventLog, Integration, ProcessBeat
from app.models.database import reading, writing
from tests.bodies import body, message
from tests.office import connect, given

if TYPE_CHECKING:
    from app.models import Base
    from tests.office import Office

EMPTY = State(0, 0, None, 1_000, 0)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def office(office: Office) -> Office:
    """An office whose worker and sweep are alive."""
    with writing(office.engine) as session:
        for kind in ("worker", "sweep"):
            beats.beat(session, f"{kind}:1", kind, clock.now())
    return office


def found(
    office: Office, spool: State = EMPTY, free: float = 0.5, up_since: datetime = LONG_AGO
) -> list[Alert]:
    with reading(office.engine) as session:
        return alerts.alerts(session, Surroundings(spool, free, up_since))


def kinds(office: Office) -> list[Kind]:
    return [one.kind for one in found(office)]


def change(office: Office, model: type[Base], **values: Any) -> None:
    with writing(office.engine) as session:
        session.execute(update(model).values(values))


def ago(**span: float) -> datetime:
    return clock.now() - timedelta(**span)


def test_nothing_is_wrong_where_all_is_well(office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    assert found(office) == []


@pytest.mark.parametrize(("age", "urgent"), [(29, None), (31, False), (601, True)])
def test_a_body_that_nobody_unpacks(office: Office, age: int, urgent: bool | None) -> None:
    office.receive(body(message("m1")))
    change(office, ExternalEventLog, received_at=ago(seconds=age))
    told = [(one.kind, one.is_urgent, one.count) for one in found(office)]
    assert told == ([] if urgent is None else [(Kind.WEBHOOKS_LATE, urgent, 1)])


def test_an_item_that_is_due_and_not_applied(office: Office) -> None:
    office.take_in(message("m1"))
    change(office, ExternalEvent, outcome="parked", next_try_at=ago(seconds=31))
    [alert] = found(office)
    assert (alert.kind, alert.workspace_id) == (Kind.ITEMS_LATE, office.workspace_id)


def test_an_item_that_waits_for_its_next_try_is_not_late(office: Office) -> None:
    office.take_in(message("m1"))
    change(office, ExternalEvent, outcome="parked", next_try_at=clock.now() + timedelta(hours=1))
    assert found(office) == []


@pytest.mark.parametrize(("age", "told"), [(59, []), (61, [Kind.ANSWERS_LATE])])
def test_an_answer_that_nobody_sends(office: Office, age: int, told: list[Kind]) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes")
    change(office, Delivery, next_try_at=ago(seconds=age))
    assert kinds(office) == told


def test_answers_behind_one_that_is_tried_again_are_not_late(office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("one")
    office.reply("two")
    change(office, Delivery, next_try_at=ago(minutes=5))
    first = office.rows(Delivery)[0].id
    with writing(office.engine) as session:
        later = {"next_try_at": clock.now() + timedelta(minutes=5)}
        session.execute(update(Delivery).where(Delivery.id == first).values(later))
    assert found(office) == []


@pytest.mark.parametrize(
    ("spool", "free", "told"),
    [
        (State(1, 400, LONG_AGO, 1_000, 0), 0.5, [(Kind.SPOOL_IN_USE, False)]),
        (State(1, 600, LONG_AGO, 1_000, 0), 0.5, [(Kind.SPOOL_IN_USE, True)]),
        (State(0, 0, None, 1_000, 2), 0.5, [(Kind.SPOOL_DAMAGED, False)]),
        (EMPTY, 0.09, [(Kind.DISK_LOW, False)]),
        (EMPTY, 0.02, [(Kind.DISK_LOW, True)]),
    ],
)
def test_spool_and_disk(
    office: Office, spool: State, free: float, told: list[tuple[Kind, bool]]
) -> None:
    assert [(one.kind, one.is_urgent) for one in found(office, spool, free)] == told


@pytest.mark.parametrize(
    ("silent", "told"),
    [
        (["worker"], [(Kind.WORKER_MISSING, False)]),
        (["sweep"], [(Kind.SWEEP_MISSING, True)]),
        (["worker", "sweep"], [(Kind.WORKER_MISSING, True), (Kind.SWEEP_MISSING, True)]),
    ],
)
def test_a_process_that_gives_no_sign(
    office: Office, silent: list[str], told: list[tuple[Kind, bool]]
) -> None:
    with writing(office.engine) as session:
        gone = update(ProcessBeat).where(ProcessBeat.kind.in_(silent))
        session.execute(gone.values(seen_at=ago(seconds=31)))
    assert [(one.kind, one.is_urgent) for one in found(office)] == told


def test_nobody_is_missed_just_after_the_start(office: Office) -> None:
    change(office, ProcessBeat, seen_at=LONG_AGO)
    assert found(office, up_since=ago(seconds=20)) == []


@pytest.mark.parametrize(("hours", "count"), [(1, 2), (25, 0)])
def test_items_that_failed_within_a_day(office: Office, hours: int, count: int) -> None:
    office.take_in(message("m1"), message("m2"))
    change(office, ExternalEvent, outcome="failed", created_at=ago(hours=hours))
    assert [one.count for one in found(office)] == ([count] if count else [])


def test_each_workspace_hears_of_its_own(office: Office) -> None:
    other = connect(office.engine, office.keyring, "Other", given(config={"pageId": "987"}))
    office.take_in(message("m1"))
    change(office, ExternalEvent, outcome="failed")
    [alert] = found(office)
    assert office.workspace_id == alert.workspace_id != other.workspace_id


def test_what_is_urgent_comes_first(office: Office) -> None:
    office.take_in(message("m1"))
    change(office, ExternalEvent, outcome="failed")
    told = [one.kind for one in found(office, free=0.02)]
    assert told == [Kind.DISK_LOW, Kind.ITEMS_FAILED]


MONDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)


def every_day(office: Office, *, days: range, hours: range, each: int = 12) -> None:
    """Let customers write on days before MONDAY, in these hours, so often in each."""
    items = [
        message(f"{day}-{hour}-{n}", at=MONDAY - timedelta(days=day, hours=12 - hour, minutes=-n))
        for day in days
        for hour in hours
        for n in range(each)
    ]
    with time_machine.travel(max_of(items), tick=False):
        office.take_in(*items)


def max_of(items: list[dict[str, Any]]) -> datetime:
    newest = max(one["timestamp"] for one in items)
    return datetime.fromtimestamp(newest / 1000, UTC)


def silence_at(office: Office, moment: datetime) -> bool:
    with time_machine.travel(moment, tick=False):
        return Kind.WEBHOOKS_SILENT in kinds(office)


def test_a_busy_account_is_missed_in_its_busy_hours(office: Office) -> None:
    every_day(office, days=range(1, 9), hours=range(8, 18))
    every_day(office, days=range(1), hours=range(8, 11))  # the last comes at 10:11
    assert not silence_at(office, MONDAY.replace(hour=10, minute=30))
    assert silence_at(office, MONDAY.replace(hour=12, minute=30))
    office.take_in(message("again", at=MONDAY))
    assert not silence_at(office, clock.now())


def test_its_nights_are_as_quiet_as_ever(office: Office) -> None:
    every_day(office, days=range(9), hours=range(8, 18))
    night = MONDAY.replace(hour=23)
    assert [silence_at(office, night + timedelta(hours=n)) for n in range(9)] == [False] * 9
    assert silence_at(office, night + timedelta(hours=12))


def test_a_quiet_week_end_is_none_to_speak_of(office: Office) -> None:
    working_days = [range(day, day + 1) for day in range(18, 0, -1) if day % 7 not in (1, 2)]
    for day in working_days:  # MONDAY - 1 and - 2 are the week-end
        every_day(office, days=day, hours=range(8, 18))
    sunday = MONDAY - timedelta(days=1)
    assert not silence_at(office, sunday)
    assert silence_at(office, MONDAY.replace(hour=11))


def test_a_quiet_account_is_never_missed(office: Office) -> None:
    every_day(office, days=range(1, 16), hours=range(8, 17, 8), each=2)
    for hours in (0, 6, 24, 48, 100):
        assert not silence_at(office, MONDAY + timedelta(hours=hours))


def test_an_account_that_is_switched_off_is_not_missed(office: Office) -> None:
    every_day(office, days=range(1, 9), hours=range(8, 18))
    change(office, Integration, is_enabled=False)
    assert not silence_at(office, MONDAY)
