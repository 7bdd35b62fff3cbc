"""Several workspaces: each person changes between theirs, the operator makes more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.inbox import people
from app.models import Workspace
from app.models.database import reading, writing
from app.models.states import Role
from tests.bodies import message
from tests.inbox_pages.visitor import Visitor, forms, statements
from tests.people.conftest import join

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

    from tests.office import Office

WORKSPACES = "/settings/workspaces"
PROFILE = "/settings/profile"


def switch(visitor: Visitor, workspace_id: int) -> TestResponse:
    return visitor.submit(PROFILE, f"/workspaces/{workspace_id}/switch")


def names(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [one.name for one in session.query(Workspace).order_by(Workspace.id)]


def test_a_person_changes_over(engine: Engine, agent: Visitor, elsewhere: Workspace) -> None:
    join(engine, elsewhere.id, agent, Role.ADMIN)

    answer = agent.submit("/inbox", f"/workspaces/{elsewhere.id}/switch")

    assert (answer.status_code, answer.location) == (303, "/inbox")
    assert agent.get("/settings/tokens").status_code == 200


@pytest.mark.parametrize(
    ("role", "section"), [(Role.ADMIN, "/settings/tokens"), (Role.AGENT, PROFILE)]
)
def test_who_changes_over_in_the_settings_stays_on_the_page_where_they_may(
    engine: Engine, admin: Visitor, elsewhere: Workspace, role: Role, section: str
) -> None:
    join(engine, elsewhere.id, admin, role)

    answer = admin.submit("/settings/tokens", f"/workspaces/{elsewhere.id}/switch")

    assert admin.get(answer.location).location == section


def test_with_one_workspace_there_is_nothing_to_choose(agent: Visitor) -> None:
    assert "/switch" not in agent.get(PROFILE).text


def test_nobody_changes_to_where_they_have_no_place(
    engine: Engine, office: Office, agent: Visitor, elsewhere: Workspace
) -> None:
    form = agent.form(PROFILE, f"{PROFILE}/name")
    path = f"/workspaces/{elsewhere.id}/switch"
    assert agent.client.post(path, data=form.fields).status_code == 404

    join(engine, elsewhere.id, agent, Role.AGENT)
    with writing(engine) as session:
        people.reactivate(session, elsewhere.id, agent.user_id or 0)
        people.deactivate(session, elsewhere.id, agent.user_id or 0)

    assert agent.client.post(path, data=form.fields).status_code == 404
    assert "<bdi>Harbour</bdi>" in agent.get(PROFILE).text


def test_a_link_does_not_change_over(agent: Visitor, office: Office) -> None:
    assert agent.get(f"/workspaces/{office.workspace_id}/switch").status_code == 405


def test_a_conversation_of_the_other_workspace_is_not_answered_from_here(
    engine: Engine, office: Office, agent: Visitor, elsewhere: Workspace
) -> None:
    office.take_in(message("m1"))
    thread = f"/inbox/{office.thread().id}"
    form = agent.form(thread, f"{thread}/reply")
    join(engine, elsewhere.id, agent, Role.AGENT)
    switch(agent, elsewhere.id)

    assert agent.send(form, text="Hello").status_code == 404
    assert len(office.messages()) == 1


@pytest.mark.parametrize("path", ["/settings/profile", "/settings/people"])
def test_more_workspaces_take_no_more_statements(
    app: Flask, engine: Engine, admin: Visitor, elsewhere: Workspace, path: str
) -> None:
    def count() -> int:
        with statements(app) as seen:
            assert admin.get(path).status_code == 200
        return len(seen)

    few = count()
    join(engine, elsewhere.id, admin, Role.ADMIN)

    assert count() == few


def test_an_admin_names_the_workspace_anew(engine: Engine, admin: Visitor) -> None:
    admin.submit(WORKSPACES, f"{WORKSPACES}/name", name=" Harbour & Co ")

    assert names(engine) == ["Harbour & Co"]
    assert "Harbour &amp; Co" in admin.get(WORKSPACES).text


@pytest.mark.parametrize("name", ["", " ", "Elsewhere"])
def test_a_name_that_will_not_do_is_refused(
    engine: Engine, admin: Visitor, elsewhere: Workspace, name: str
) -> None:
    assert admin.submit(WORKSPACES, f"{WORKSPACES}/name", name=name).status_code == 422
    assert names(engine) == ["Harbour", "Elsewhere"]


def test_the_operator_makes_a_workspace_and_stands_in_it(engine: Engine, operator: Visitor) -> None:
    page = operator.get(WORKSPACES).text
    form = next(one for one in forms(page) if one.action == WORKSPACES)

    answer = operator.send(form, name="Second")

    assert answer.location == "/settings/people"
    assert names(engine) == ["Harbour", "Second"]
    assert "Nobody else is in it yet" in operator.get("/settings/people").text


def test_an_admin_makes_none(engine: Engine, admin: Visitor) -> None:
    assert "Another workspace" not in admin.get(WORKSPACES).text
    form = admin.form(WORKSPACES, WORKSPACES)

    assert admin.client.post(WORKSPACES, data=form.fields | {"name": "Mine"}).status_code == 403
    assert names(engine) == ["Harbour"]


def test_an_account_is_not_connected_to_the_other_workspace(
    engine: Engine, admin: Visitor, elsewhere: Workspace
) -> None:
    form = admin.form("/settings/connections/new", "/settings/connections/new")
    join(engine, elsewhere.id, admin, Role.ADMIN)
    switch(admin, elsewhere.id)

    assert admin.send(form).status_code == 404
