"""Colleagues are added, get roles, are deactivated and let in again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.inbox import people, triage
from app.models import Membership, User
from app.models.database import writing
from app.models.states import Role
from tests.bodies import message
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of, statements
from tests.people.conftest import join
from tests.people.deeds import PEOPLE, add, deed, log_in

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from app.models import Workspace
    from tests.office import Office


@pytest.mark.parametrize("email", ["none", "a b@example.com", "@x", "x@", ""])
def test_an_address_that_is_none_is_refused(admin: Visitor, email: str) -> None:
    assert add(admin, email).status_code == 422


def test_who_is_here_already_is_not_added_again(admin: Visitor) -> None:
    add(admin)

    answer = add(admin, "TAMAR@example.com")

    assert answer.status_code == 422
    assert "in the workspace already" in answer.text


@pytest.mark.parametrize("role", ["operator", "", "x" * 5000])
def test_a_role_that_is_none_is_refused(admin: Visitor, role: str) -> None:
    assert add(admin, role=role).status_code == 400


def test_a_new_role_holds_at_once(admin: Visitor, agent: Visitor) -> None:
    deed(admin, agent, "role", role="admin")

    assert agent.get("/settings/tokens").status_code == 200


def test_the_last_active_admin_stays_one(app: Flask, office: Office, admin: Visitor) -> None:
    gone = Visitor.returning(app, _second_admin(office))
    deed(admin, gone, "deactivate")

    for answer in (deed(admin, admin, "role", role="agent"), deed(admin, admin, "deactivate")):
        assert answer.status_code == 422
        assert "last active admin" in answer.text
    assert admin.get(PEOPLE).status_code == 200


def test_an_admin_beside_another_may_step_down(office: Office, admin: Visitor) -> None:
    _second_admin(office)

    answer = deed(admin, admin, "role", role="agent")

    assert (answer.status_code, answer.location) == (303, "/settings")
    assert admin.get(PEOPLE).status_code == 403


def _second_admin(office: Office) -> int:

    with writing(office.engine) as session:
        found = people.add(session, office.workspace_id, "b@example.com", "B", Role.ADMIN)
    return found.user.id


def test_a_deactivated_colleague_is_out_at_once(
    app: Flask, office: Office, admin: Visitor, agent: Visitor
) -> None:
    assert agent.get("/inbox").status_code == 200

    deed(admin, agent, "deactivate")

    assert agent.get("/inbox").status_code == 303
    assert log_in(app, email_of(office, Role.AGENT), PASSWORD).status_code == 422
    assert "deactivated" in admin.get(PEOPLE).text


def test_what_was_assigned_to_them_stays(office: Office, admin: Visitor, agent: Visitor) -> None:

    office.take_in(message("m1"))
    with writing(office.engine) as session:
        thread = triage.locked(session, office.workspace_id, office.thread().id)
        triage.assign(session, thread, agent.user_id)

    deed(admin, agent, "deactivate")

    assert office.thread().assignee_id == agent.user_id


def test_a_reactivated_colleague_is_back_with_their_role(admin: Visitor, agent: Visitor) -> None:
    deed(admin, agent, "deactivate")
    deed(admin, agent, "reactivate")

    assert agent.get("/inbox").status_code == 200


def test_who_is_deactivated_here_works_on_elsewhere(
    engine: Engine, admin: Visitor, agent: Visitor, elsewhere: Workspace
) -> None:
    join(engine, elsewhere.id, agent, Role.AGENT)

    deed(admin, agent, "deactivate")

    page = agent.get("/settings/profile").text
    assert "<bdi>Elsewhere</bdi>" in page
    assert "<bdi>Harbour</bdi>" not in page


@pytest.mark.parametrize("path", ["", "/role", "/deactivate", "/reactivate", "/link"])
def test_people_of_other_workspaces_do_not_exist(
    app: Flask, office: Office, admin: Visitor, elsewhere: Workspace, path: str
) -> None:
    theirs = Visitor.elsewhere_admin(app, office, elsewhere.id)
    form = admin.form(PEOPLE, PEOPLE)
    address = f"{PEOPLE}/{theirs.user_id}{path}"

    if path:
        answer = admin.client.post(address, data=form.fields | {"role": "agent"})
    else:
        answer = admin.get(address)

    assert answer.status_code == 404
    assert theirs.get("/settings/tokens").status_code == 200


def test_a_form_opened_in_another_workspace_does_nothing(
    engine: Engine, admin: Visitor, elsewhere: Workspace
) -> None:
    join(engine, elsewhere.id, admin, Role.ADMIN)
    form = admin.form(PEOPLE, PEOPLE)
    admin.submit("/settings/profile", f"/workspaces/{elsewhere.id}/switch")

    answer = admin.send(form, name="Tamar", email="tamar@example.com", role="agent")

    assert answer.status_code == 404
    with writing(engine) as session:
        assert session.query(User).filter_by(email="tamar@example.com").first() is None


def test_when_somebody_was_last_here_is_shown(engine: Engine, admin: Visitor) -> None:
    assert "not yet" in admin.get(PEOPLE).text
    admin.get(PEOPLE).close()

    assert "not yet" not in admin.get(PEOPLE).text
    with writing(engine) as session:
        assert session.query(Membership).one().seen_at is not None


def test_the_list_takes_as_many_statements_for_fifty(app: Flask, admin: Visitor) -> None:
    def count() -> int:
        with statements(app) as seen:
            assert admin.get(PEOPLE).status_code == 200
        return len(seen)

    few = count()
    with writing(app.extensions["inlet"].engine) as session:
        place = session.query(Membership).one()
        for number in range(50):
            people.join(session, place.workspace_id, _user(session, number), Role.AGENT)

    assert count() == few <= 3


def _user(session: object, number: int) -> int:
    user = User(email=f"u{number}@example.com", name=f"U{number}", password_hash="")
    session.add(user)  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    return user.id
