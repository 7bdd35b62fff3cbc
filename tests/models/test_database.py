"""How the database is opened, and what it tells of what it was given."""

from __future__ import annotations

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.models import Contact, Workspace
from app.models.database import migrating, writing


def test_an_error_names_no_value(engine: Engine) -> None:
    broken = text("SELECT :words FROM no_such_table")

    with pytest.raises(DBAPIError, match="no_such_table") as caught, writing(engine) as session:
        session.execute(broken, {"words": "what a customer wrote"})

    assert "customer" not in str(caught.value)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_table_that_others_point_to_can_be_built_anew(engine: Engine) -> None:
    with writing(engine) as session:
        harbour = Workspace(name="Harbour")
        session.add(harbour)
        session.flush()
        session.add(Contact(workspace_id=harbour.id))

    with migrating(engine) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("workspace", recreate="always"):
            pass
        connection.commit()

    with writing(engine) as session:
        kept = session.scalars(select(Contact)).one()
        assert session.get_one(Workspace, kept.workspace_id).name == "Harbour"
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.add(Contact(workspace_id=999))
