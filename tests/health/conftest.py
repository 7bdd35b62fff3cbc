from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app.models import User
from app.models.database import writing
from app.models.states import Role
from tests import emptied
from tests.inbox_pages.visitor import Visitor
from tests.office import Office, connect

if TYPE_CHECKING:
    from flask import Flask

database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres


@pytest.fixture
def office(app: Flask) -> Office:
    """A workspace whose Instagram account is connected and proven."""
    installation = app.extensions["inlet"]
    return connect(installation.engine, installation.keyring, "Harbour")


@pytest.fixture
def admin(app: Flask, office: Office) -> Visitor:
    return Visitor.member(app, office, Role.ADMIN)


@pytest.fixture
def operator(app: Flask, office: Office) -> Visitor:
    """The person who runs the installation, an agent in this workspace."""
    found = Visitor.member(app, office, Role.AGENT)
    with writing(office.engine) as session:
        session.execute(update(User).where(User.id == found.user_id).values(is_operator=True))
    return found
