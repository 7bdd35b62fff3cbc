"""A workspace and who works in it, seen through the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.inbox import members, people
from app.inbox.keyring import Keyring
from app.models.database import writing
from app.models.states import Role
from tests import emptied
from tests.inbox_pages.visitor import PASSWORD, Visitor
from tests.office import Office, connect, vault

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from app.models import Workspace

database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres


@pytest.fixture
def office(engine: Engine) -> Office:
    return connect(engine, Keyring(vault()), "Harbour")


@pytest.fixture
def agent(app: Flask, office: Office) -> Visitor:
    return Visitor.member(app, office, Role.AGENT)


@pytest.fixture
def manager(app: Flask, office: Office) -> Visitor:
    return Visitor.member(app, office, Role.MANAGER)


@pytest.fixture
def admin(app: Flask, office: Office) -> Visitor:
    return Visitor.member(app, office, Role.ADMIN)


@pytest.fixture
def elsewhere(engine: Engine) -> Workspace:
    """Another workspace of the installation."""
    with writing(engine) as session:
        return members.make_workspace(session, "Elsewhere")


@pytest.fixture
def operator(app: Flask, engine: Engine, office: Office) -> Visitor:
    """The person who runs the installation: an agent of the workspace otherwise."""
    with writing(engine) as session:
        user = members.make_user(
            session,
            "operator@example.com",
            "Operator",
            PASSWORD,
            workspace=members.find_workspace(session, "Harbour"),
            role=Role.AGENT,
            is_operator=True,
        )
    return Visitor.returning(app, user.id)


def join(engine: Engine, workspace_id: int, visitor: Visitor, role: Role) -> None:
    """Give a person a place in one more workspace."""
    assert visitor.user_id is not None
    with writing(engine) as session:
        people.join(session, workspace_id, visitor.user_id, role)
