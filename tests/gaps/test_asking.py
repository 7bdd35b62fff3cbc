"""When gaps are looked for by themselves: after an absence, and after a connection was mended."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

from app import clock
from app.inbox import absence, beats, broken, repair
from app.models import ExternalEventLog, Integration, ProcessBeat
from app.models.database import writing
from app.tasks import presence
from tests.bodies import body, message

if TYPE_CHECKING:
    from datetime import datetime

    import pytest

    from tests.gaps.conftest import Gaps
    from tests.office import Office


def appear(office: Office) -> None:
    with writing(office.engine) as session:
        absence.appear(session, "host:1", clock.now())


def seen(office: Office, at: datetime, kind: str = "web") -> None:
    """Let the last sign of life be that old."""
    with writing(office.engine) as session:
        beats.beat(session, "host:0", kind, at)
        session.get_one(ProcessBeat, "host:0").seen_at = at


def test_after_an_absence_all_that_may_be_missing_is_looked_for(office: Office, gaps: Gaps) -> None:
    before = clock.now() - timedelta(hours=2)
    seen(office, before)
    appear(office)
    account = gaps.account()
    assert account.repair_from == before
    assert account.repair_due_at is not None
    assert account.repair_due_at > clock.now()


def test_a_short_absence_is_bridged_by_meta(office: Office, gaps: Gaps) -> None:
    seen(office, clock.now() - timedelta(minutes=2))
    appear(office)
    assert gaps.account().repair_due_at is None


def test_who_gives_signs_all_the_time_was_not_away(office: Office, gaps: Gaps) -> None:
    seen(office, clock.now() - timedelta(hours=2), "sweep")
    appear(office)
    appear(office)
    assert gaps.account().repair_due_at is None


def test_without_a_sign_the_newest_webhook_tells(office: Office, gaps: Gaps) -> None:
    office.receive(body(message("m1")))
    before = clock.now() - timedelta(days=3)
    with writing(office.engine) as session:
        session.get_one(ExternalEventLog, office.row(ExternalEventLog).id).received_at = before
    appear(office)
    assert gaps.account().repair_from == before


def test_a_new_installation_looks_for_nothing(office: Office, gaps: Gaps) -> None:
    appear(office)
    assert gaps.account().repair_due_at is None


def test_a_web_server_gives_signs_of_life(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Event()
    stop.set()
    monkeypatch.setattr(beats, "INTERVAL", timedelta(milliseconds=1))
    presence.run(office.engine, stop)
    assert office.row(ProcessBeat).kind == "web"


def test_a_mended_connection_is_looked_through(office: Office, gaps: Gaps) -> None:
    broken_at = clock.now() - timedelta(days=2)
    with writing(office.engine) as session:
        one = session.get_one(Integration, office.integration_id)
        one.broken_at = broken_at
        session.flush()
        broken.mend(session, one)
    assert gaps.account().repair_from == broken_at


def test_a_whole_connection_is_not(office: Office, gaps: Gaps) -> None:
    with writing(office.engine) as session:
        broken.mend(session, session.get_one(Integration, office.integration_id))
    assert gaps.account().repair_due_at is None


def test_switching_on_looks_through(gaps: Gaps) -> None:
    gaps.switch(is_enabled=False)
    assert gaps.account().repair_due_at is None
    gaps.switch(is_enabled=True)
    assert gaps.account().repair_due_at is not None


def test_by_hand_it_is_due_at_once(office: Office, gaps: Gaps) -> None:
    with writing(office.engine) as session:
        assert repair.ask_by_hand(session, office.workspace_id, office.integration_id) == 1
        assert repair.ask_by_hand(session, office.workspace_id + 1, office.integration_id) == 0
        assert len(repair.due(session)) == 1
    account = gaps.account()
    assert account.repair_from is not None
    assert account.repair_from < clock.now() - timedelta(hours=23)


def test_asking_again_keeps_the_longer_gap(gaps: Gaps) -> None:
    long_ago, lately = clock.now() - timedelta(days=2), clock.now() - timedelta(hours=1)
    gaps.ask(long_ago)
    gaps.ask(lately)
    assert gaps.account().repair_from == long_ago
