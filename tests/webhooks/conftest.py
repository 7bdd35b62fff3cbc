from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from app import create_app
from app.inbox import desk, mailroom
from app.installation import Installation
from app.models import impatient
from config import Settings
from tests import emptied
from tests.office import Office, connect

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres
MakeApp = Callable[..., "Flask"]


def _close(app: Flask) -> None:
    app.extensions["inlet"].engine.dispose()
    app.extensions["inlet_webhooks"].mailroom._engine.dispose()


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    _close(app)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the web server wait as long as it takes: where nothing breaks, nothing times out."""
    monkeypatch.setattr(desk, "DESK_SECONDS", 60)
    monkeypatch.setattr(mailroom, "LOCKED_SECONDS", 60)
    monkeypatch.setattr(impatient, "STATEMENT_SECONDS", 60)


@pytest.fixture
def office(app: Flask) -> Office:
    """A workspace whose Instagram account is connected and proven."""
    installation: Installation = app.extensions["inlet"]
    return connect(installation.engine, installation.keyring, "Harbour")


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[MakeApp]:
    """Make applications with settings of their own."""
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        values = {"inlet_home": tmp_path / "home", "inlet_demo": False} | settings
        made.append(create_app(Settings.model_validate(values)))
        return made[-1]

    yield make
    for app in made:
        _close(app)
