"""A burst is claimed by its index before PostgreSQL has looked at the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import clock
from app.models.database import reading
from tests import emptied
from tests.bodies import message
from tests.statements import asked

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.office import Office

new_postgres = emptied.new_postgres


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(new_postgres: Engine) -> Engine:
    """Of a database that no other test has left statistics in."""
    return new_postgres


def test_a_burst_is_claimed_by_its_index_before_the_statistics_know_of_it(office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("one")
    office.reply("two")
    with asked(office.engine) as seen:
        office.claim()
    statement, parameters = next(one for one in seen if "earlier" in one.sql)
    with reading(office.engine) as session:
        cursor = session.connection().connection.cursor()
        cursor.execute(f"EXPLAIN {statement}", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "using ix_delivery_open on delivery earlier" in plan
    assert "Index Cond: ((conversation_id = delivery.conversation_id)" in plan
