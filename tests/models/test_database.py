"""How the database is opened, and what it tells of what it was given."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from app.models import Contact, Workspace
from app.models.database import is_away, migrating, writing


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


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("no")
    error.sqlite_errorcode = code
    return error


AWAY = [
    psycopg.OperationalError("the connection is lost"),
    psycopg.errors.AdminShutdown(),
    psycopg.errors.CannotConnectNow(),
    psycopg.errors.DeadlockDetected(),
    psycopg.errors.DiskFull(),
    psycopg.errors.LockNotAvailable(),
    psycopg.errors.ReadOnlySqlTransaction(),
    of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT),
    of_sqlite(sqlite3.SQLITE_CANTOPEN),
    of_sqlite(sqlite3.SQLITE_FULL),
    of_sqlite(sqlite3.SQLITE_IOERR_FSYNC),
    of_sqlite(sqlite3.SQLITE_READONLY),
]
REFUSED = [
    psycopg.errors.ProgramLimitExceeded("index row size exceeds the maximum"),
    psycopg.errors.QueryCanceled("statement timeout"),
    psycopg.errors.UniqueViolation(),
    psycopg.errors.UntranslatableCharacter(),
    of_sqlite(sqlite3.SQLITE_ERROR),
    of_sqlite(sqlite3.SQLITE_TOOBIG),
]


@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_a_database_that_is_away_is_nobodys_fault(error: Exception) -> None:
    assert is_away(OperationalError("INSERT", {}, error))


@pytest.mark.parametrize("error", REFUSED, ids=repr)
def test_what_a_working_database_refuses_is_the_statements_fault(error: Exception) -> None:
    assert not is_away(OperationalError("INSERT", {}, error))


def test_without_a_connection_no_statement_is_to_blame() -> None:
    assert is_away(OperationalError(None, None, sqlite3.OperationalError()))


@pytest.mark.parametrize("error", [ValueError(), StatementError("no", "INSERT", {}, ValueError())])
def test_what_no_database_said_is_no_absence(error: Exception) -> None:
    assert not is_away(error)
