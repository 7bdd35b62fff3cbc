"""A workspace with a customer who wrote, and the people who may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.inbox.keyring import Keyring
from app.models.states import Role
from tests import emptied
from tests.inbox_pages.visitor import Visitor
from tests.office import Office, connect, vault

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres


@pytest.fixture
def office(engine: Engine) -> Office:
    """A workspace whose Instagram account is connected and proven."""
    return connect(engine, Keyring(vault()), "Harbour")


@pytest.fixture
def agent(app: Flask, office: Office) -> Visitor:
    return Visitor.member(app, office, Role.AGENT)


@pytest.fixture
def admin(app: Flask, office: Office) -> Visitor:
    return Visitor.member(app, office, Role.ADMIN)
