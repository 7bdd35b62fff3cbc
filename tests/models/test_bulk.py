"""Many rows in one statement come out as they went in, on both databases."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Executable, event, select
from sqlalchemy.exc import StatementError

from app.models import ExternalEventLog, Integration, Lease, User, Workspace
from app.models.bulk import Insert, insert_rows, update_rows
from app.models.database import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
whole = st.integers(-(2**62), 2**62)
details = st.dictionaries(storable, st.none() | st.booleans() | whole | storable, max_size=4)


def workspace(session: Session, name: str = "Harbour") -> int:
    made: int = insert_rows(session, Workspace, [{"name": name}], id_of_workspace).scalars().one()
    return made


def id_of_workspace(insert: Insert) -> Executable:
    return insert.returning(Workspace.id)


def id_of_integration(insert: Insert) -> Executable:
    return insert.returning(Integration.id)


def integration(session: Session, **values: Any) -> Integration:
    row = {"workspace_id": workspace(session), "channel": "instagram", "config": {}} | values
    made = insert_rows(session, Integration, [row], id_of_integration)
    return session.get_one(Integration, made.scalars().one())


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(storable, details)
def test_texts_and_objects_come_out_as_they_went_in(
    engine: Engine, token: str, config: dict[str, Any]
) -> None:
    with writing(engine) as session:
        kept = integration(session, access_token=token, config=config)
        assert (kept.access_token, kept.config) == (token, config)
        session.rollback()


@pytest.mark.parametrize("value", [True, False])
def test_a_truth_stays_one(session: Session, value: bool) -> None:
    assert integration(session, is_enabled=value).is_enabled is value


def test_nothing_stays_nothing(session: Session) -> None:
    kept = integration(session, access_token=None, deleted_at=None)
    assert (kept.access_token, kept.deleted_at) == (None, None)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=4))])
def test_a_moment_comes_out_in_utc(session: Session, zone: timezone) -> None:
    kept = integration(session, deleted_at=NOON.astimezone(zone))
    assert kept.deleted_at == NOON
    assert kept.deleted_at.tzinfo is UTC


def test_a_naive_time_is_refused(session: Session) -> None:
    with pytest.raises(TypeError):
        integration(session, deleted_at=NOON.replace(tzinfo=None))
    with pytest.raises(StatementError, match="naive"):
        session.execute(select(Lease).where(Lease.expires_at > NOON.replace(tzinfo=None)))


def test_a_moment_written_in_bulk_equals_one_written_alone(session: Session) -> None:
    rows = [{"name": "bulk", "holder": None, "expires_at": NOON}]
    insert_rows(session, Lease, rows)
    session.add(Lease(name="alone", expires_at=NOON))
    session.flush()
    found = session.scalars(select(Lease.name).where(Lease.expires_at == NOON))
    assert set(found) == {"bulk", "alone"}


def test_a_thousand_rows_are_one_statement(engine: Engine) -> None:
    seen: list[str] = []
    event.listen(engine, "after_cursor_execute", lambda *args: seen.append(args[2]))
    with writing(engine) as session:
        insert_rows(session, Workspace, [{"name": str(n)} for n in range(1000)])
    with reading(engine) as session:
        assert len(session.scalars(select(Workspace.id)).all()) == 1000
    assert sum("INSERT" in one for one in seen) == 1


def test_each_row_is_updated_with_its_own_values(session: Session) -> None:
    one, other, untouched = (workspace(session, name) for name in "abc")
    changed = [{"id": one, "name": "A", "version": 7}, {"id": other, "name": "B", "version": 8}]
    update_rows(session, Workspace, changed)
    found = session.execute(select(Workspace.id, Workspace.name, Workspace.version))
    assert {tuple(row) for row in found} == {(one, "A", 7), (other, "B", 8), (untouched, "c", 0)}


def test_no_rows_are_no_statement(session: Session) -> None:
    update_rows(session, Workspace, [])
    assert session.scalars(select(Workspace)).all() == []


def test_a_body_of_bytes_comes_out_as_it_went_in(session: Session) -> None:
    raw = bytes(range(256))
    session.add(ExternalEventLog(endpoint="meta", body=raw, digest=b"\0", verified_by="x"))
    session.flush()
    session.expire_all()
    assert session.scalars(select(ExternalEventLog)).one().body == raw


def test_a_failed_transaction_leaves_nothing(engine: Engine) -> None:
    with suppress(ZeroDivisionError), writing(engine) as session:
        workspace(session)
        raise ZeroDivisionError
    with reading(engine) as session:
        assert session.scalars(select(Workspace)).all() == []


def test_a_reader_never_waits_for_a_writer(engine: Engine) -> None:
    with writing(engine) as session:
        workspace(session)
        with reading(engine) as other:
            assert other.scalars(select(User)).all() == []
            assert other.scalars(select(Workspace)).all() == []
