"""The vital signs: bounded questions, and one workspace sees nothing of another's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.inbox import beats, vitals
from app.inbox.receive import Refusals
from app.models import Delivery, ExternalEvent, ExternalEventLog, ProcessBeat
from app.models.database import reading, writing
from tests.bodies import body, message
from tests.office import connect, given

if TYPE_CHECKING:
    from tests.office import Office

OTHER = given(config={"pageId": "987"})


@pytest.fixture
def other(office: Office) -> Office:
    return connect(office.engine, office.keyring, "Other", OTHER)


def test_nothing_waits_in_a_quiet_installation(office: Office) -> None:
    with reading(office.engine) as session:
        for heap in (
            vitals.unprocessed_bodies(session),
            vitals.open_items(session, None),
            vitals.unsent(session, None),
        ):
            assert heap == vitals.Heap(0, None)
        assert vitals.outcomes(session, None) == {}
        assert vitals.unroutable(session, None) == 0
        assert vitals.refusals(session) == {}


def test_a_body_that_waits_is_counted_with_its_age(office: Office) -> None:
    office.receive(body(message("m1")))
    with reading(office.engine) as session:
        heap = vitals.unprocessed_bodies(session)
    assert (heap.count, heap.oldest_at) == (1, office.row(ExternalEventLog).received_at)
    office.drain()
    with reading(office.engine) as session:
        assert vitals.unprocessed_bodies(session).count == 0


def test_a_parked_item_waits(office: Office) -> None:
    office.take_in(message("m1"))
    with writing(office.engine) as session:
        session.execute(update(ExternalEvent).values(outcome="parked"))
    with reading(office.engine) as session:
        heap = vitals.open_items(session, office.workspace_id)
    assert (heap.count, heap.oldest_at) == (1, office.row(ExternalEvent).created_at)


def test_an_answer_waits_until_it_is_settled(office: Office, other: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes")

    def waiting(workspace_id: int | None) -> int:
        with reading(office.engine) as session:
            return vitals.unsent(session, workspace_id).count

    places = (None, office.workspace_id, other.workspace_id)
    assert [waiting(place) for place in places] == [1, 1, 0]
    office.finish(office.begin(), Permanent(GraphFault("no")))
    assert waiting(None) == 0


@pytest.mark.parametrize("state", ["held", "unconfirmed"])
def test_an_answer_that_waits_for_a_person_is_not_late(office: Office, state: str) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes")
    with writing(office.engine) as session:
        session.execute(update(Delivery).values(state=state))
    with reading(office.engine) as session:
        assert vitals.unsent(session, None).count == 0


def test_outcomes_are_those_of_the_last_day(office: Office, other: Office) -> None:
    office.take_in(message("m1"), message("m1"), message("m2"))
    old = clock.now() - timedelta(hours=25)
    with writing(office.engine) as session:
        first = office.rows(ExternalEvent)[0].id
        session.execute(
            update(ExternalEvent).where(ExternalEvent.id == first).values(created_at=old)
        )
    with reading(office.engine) as session:
        assert vitals.outcomes(session, office.workspace_id) == {"applied": 1, "duplicate": 1}
        assert vitals.outcomes(session, other.workspace_id) == {}


def test_only_so_many_rows_are_counted(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vitals, "CAP", 2)
    office.take_in(message("m1"), message("m2"), message("m3"))
    with reading(office.engine) as session:
        assert vitals.outcomes(session, None) == {"applied": 2}


def test_unroutable_items_are_told_to_those_whose_account_they_name(
    office: Office, other: Office
) -> None:
    office.take_in(message("m1"), secret="of somebody else")
    with reading(office.engine) as session:
        found = [
            vitals.unroutable(session, place)
            for place in (None, office.workspace_id, other.workspace_id)
        ]
    assert found == [1, 1, 0]


def test_refusals_are_counted_by_reason(office: Office) -> None:
    refusals = Refusals(office.engine)
    for reason in ("no signature", "wrong signature", "wrong signature"):
        refusals.note("instagram", reason)
    refusals.flush()
    with reading(office.engine) as session:
        assert vitals.refusals(session) == {"no signature": 1, "wrong signature": 2}


def test_the_database_tells_its_size_and_revision(office: Office) -> None:
    with reading(office.engine) as session:
        found = vitals.database(session)
    assert found.size > 10_000
    assert found.revision.isdigit()
    assert found.version[0].isdigit()


def beat(office: Office, name: str, kind: str = "worker") -> None:
    with writing(office.engine) as session:
        beats.beat(session, name, kind, clock.now())


def seen(office: Office, name: str, ago: timedelta) -> None:
    with writing(office.engine) as session:
        at = clock.now() - ago
        session.execute(update(ProcessBeat).where(ProcessBeat.name == name).values(seen_at=at))


def alive(office: Office, kind: str = "worker") -> beats.Alive:
    with reading(office.engine) as session:
        return beats.alive(session, kind)


def test_a_process_that_gives_signs_is_alive(office: Office) -> None:
    assert alive(office) == beats.Alive("worker", 0, None)
    beat(office, "a:1")
    beat(office, "a:1")
    beat(office, "b:1")
    assert (alive(office).count, alive(office, "sweep").count) == (2, 0)


def test_a_process_is_missed_after_half_a_minute_and_forgotten_after_a_day(office: Office) -> None:
    beat(office, "a:1")
    seen(office, "a:1", timedelta(seconds=31))
    assert (alive(office).count, alive(office).seen_at is None) == (0, False)
    seen(office, "a:1", timedelta(hours=25))
    beat(office, "b:1")
    assert [one.name for one in office.rows(ProcessBeat)] == ["b:1"]


def test_a_process_that_was_told_to_end_leaves_nothing(office: Office) -> None:
    beat(office, "a:1")
    with writing(office.engine) as session:
        beats.end(session, "a:1")
    assert alive(office) == beats.Alive("worker", 0, None)
