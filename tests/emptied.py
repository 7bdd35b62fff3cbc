"""Databases that are emptied for each test instead of copied, and engines that are kept.

A copy of a PostgreSQL database costs a hundred times more than emptying one, and an engine that
is kept has its statements compiled already. For tests that start no process of their own.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, delete, event

from app.models import Base
from app.models.database import engine_options, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.services import Postgres


@pytest.fixture(scope="session")
def emptied_sqlite(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("emptied") / "inlet.db"
    shutil.copy(sqlite_template, path)
    yield from _engine(f"sqlite:///{path}", _save_durability)


@pytest.fixture(scope="session")
def emptied_postgres(postgres: Postgres, postgres_template: str) -> Iterator[Engine]:
    yield from _copy(postgres, postgres_template)


@pytest.fixture
def new_postgres(postgres: Postgres, postgres_template: str) -> Iterator[Engine]:
    """The engine of a copy: for a plan, which depends on what earlier tests have left."""
    yield from _copy(postgres, postgres_template)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine of an empty, migrated database."""
    name = "emptied_sqlite" if request.param == "sqlite" else "emptied_postgres"
    engine: Engine = request.getfixturevalue(name)
    empty(engine)
    return engine


@pytest.fixture
def database_url(engine: Engine) -> str:
    """The address of an empty, migrated database."""
    return engine.url.render_as_string(hide_password=False)


def empty(engine: Engine) -> None:
    """Delete every row."""
    statements = [str(delete(table)) for table in reversed(Base.metadata.sorted_tables)]
    if engine.dialect.name == "postgresql":
        statements = ["; ".join(statements)]  # one round trip
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _copy(postgres: Postgres, template: str) -> Iterator[Engine]:
    name = f"copy_{uuid4().hex}"
    yield from _engine(postgres.create(name, template=template))
    postgres.drop(name)


def _engine(url: str, *on_connect: Callable[[Any, Any], None]) -> Iterator[Engine]:
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    for step in on_connect:
        event.listen(engine, "connect", step)
    yield engine
    engine.dispose()


def _save_durability(connection: Any, _record: Any) -> None:
    """Do not wait for the disk, like the tests' PostgreSQL: no test cuts the power."""
    connection.execute("PRAGMA synchronous=OFF")
