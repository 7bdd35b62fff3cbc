"""The migrations build what the models say, go down and up again, and keep what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, create_engine, inspect, select, text
from sqlalchemy.exc import IntegrityError

from app import clock, create_app
from app.inbox.search import search
from app.models import Base, ChannelAccount, Workspace
from app.models.database import engine_options, prepare, reading, writing
from app.models.search import is_described
from config import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.services import Postgres

TABLES = {table.name for table in Base.metadata.sorted_tables}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, of the test's own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = f"blank_{uuid4().hex}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture
def migrating(blank: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Settings(inlet_home=tmp_path, inlet_demo=False, database_url=blank))
    with app.app_context():
        yield app
        app.extensions["inlet"].engine.dispose()
    app.extensions["inlet_webhooks"].mailroom._engine.dispose()


def tables(app: Flask) -> set[str]:
    found = inspect(app.extensions["inlet"].engine).get_table_names()
    return {name for name in found if is_described(name, "table", {})} - {"alembic_version"}


def test_up_down_and_up_again(migrating: Flask) -> None:
    flask_migrate.upgrade()
    assert tables(migrating) == TABLES
    flask_migrate.downgrade(revision="base")
    assert inspect(migrating.extensions["inlet"].engine).get_table_names() == ["alembic_version"]
    flask_migrate.upgrade()
    assert tables(migrating) == TABLES


def test_a_second_upgrade_keeps_what_is_stored(migrating: Flask) -> None:
    flask_migrate.upgrade()
    engine: Engine = migrating.extensions["inlet"].engine
    with writing(engine) as session:
        session.add(Workspace(name="Harbour"))
    flask_migrate.upgrade()
    with writing(engine) as session:
        assert session.scalars(select(Workspace.name)).all() == ["Harbour"]


def test_the_models_say_what_the_migrations_build(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {
            "compare_type": True,
            "render_as_batch": True,
            "include_name": is_described,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_has_a_name(engine: Engine) -> None:
    seen = inspect(engine)
    for table in TABLES:
        assert seen.get_pk_constraint(table)["name"] == f"pk_{table}"
        assert all(one["name"] for one in seen.get_foreign_keys(table))
        assert all(one["name"] for one in seen.get_unique_constraints(table))


def test_every_foreign_key_is_held(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(
            text("INSERT INTO contact (workspace_id, created_at) VALUES (999, CURRENT_TIMESTAMP)")
        )


def test_old_rows_survive_the_way_up_and_down(blank: str, migrating: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    engine = create_engine(blank, **engine_options(blank))
    prepare(engine)
    with engine.begin() as connection:
        write_old_rows(connection)
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="0001")
    flask_migrate.upgrade()

    with reading(engine) as session:
        found = search(session, 1, "walnut").hits
        assert [hit.message and hit.message.text for hit in found] == ["Is the walnut shelf back?"]
        assert [hit.message for hit in search(session, 1, "leila").hits] == [None]
        account = session.scalars(select(ChannelAccount)).one()
        assert account.owned_at == account.proven_at is not None
    engine.dispose()


def write_old_rows(connection: Connection) -> None:
    """Store a customer's message in the tables of the first revision."""
    old = MetaData()
    old.reflect(connection)
    now = clock.now()
    everywhere: dict[str, object] = {
        "id": 1,
        "workspace_id": 1,
        "channel": "instagram",
        "created_at": now,
    }
    everywhere |= {"account_id": 1, "contact_id": 1, "identity_id": 1, "conversation_id": 1}
    rows: dict[str, dict[str, object]] = {
        "workspace": {"name": "Harbour"},
        "integration": {"provider": "Meta", "is_enabled": True, "config": {}, "source": "manual"},
        "channel_account": {"integration_id": 1, "external_id": "17841", "proven_at": now},
        "contact": {"name": "Leila"},
        "contact_identity": {"scope": "account:1", "kind": "channel_user", "value": "7001"},
        "conversation": {"position_at": 1},
        "message": {
            "direction": "inbound",
            "kind": "text",
            "text": "Is the walnut shelf back?",
            "status": "delivered",
            "position_at": 1,
        },
    }
    for table, fields in rows.items():
        columns = old.tables[table].columns
        row = {name: value for name, value in everywhere.items() if name in columns}
        connection.execute(old.tables[table].insert().values(row | fields))
