"""An installation whose pages open the secrets that its offices store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from app.inbox import members
from app.models.database import writing
from app.models.states import Role
from tests import emptied
from tests.inbox_pages.visitor import Visitor
from tests.office import Office, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres


@pytest.fixture
def office(app: Flask) -> Office:
    """A workspace whose Instagram account is connected and proven."""
    installation = app.extensions["inlet"]
    return connect(installation.engine, installation.keyring, "Harbour")


@pytest.fixture
def bare(app: Flask) -> Office:
    """A workspace without any connection."""
    installation = app.extensions["inlet"]
    with writing(installation.engine) as session:
        workspace = members.make_workspace(session, "Bare")
    return Office(installation.engine, installation.keyring, workspace.id, 0)


@pytest.fixture
def admin(app: Flask, office: Office) -> Visitor:
    return Visitor.member(app, office, Role.ADMIN)


@pytest.fixture
def newcomer(app: Flask, bare: Office) -> Visitor:
    """The admin of a workspace without any connection."""
    return Visitor.member(app, bare, Role.ADMIN)


@pytest.fixture
def meta() -> Iterator[responses.RequestsMock]:
    """Meta's hosts, answering as the test says."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
