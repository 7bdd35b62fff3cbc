"""Colleagues are added by a link, get roles, are deactivated and let in again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.models import Membership, OneTimeCode, User
from app.models.database import writing
from app.models.states import Role
from tests.bodies import message
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of, statements
from tests.people.conftest import join

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

    from app.models import Workspace
    from tests.office import Office

PEOPLE = "/settings/people"


def add(admin: Visitor, email: str = "tamar@example.com", **filled: str) -> TestResponse:
    known = {"name": "Tamar", "email": email, "role": "agent"}
    return admin.submit(PEOPLE, PEOPLE, **known | filled)


def link_on(page: str) -> str:
    """Return the path of the link that a page shows."""
    found = re.search(r'value="[^"]*(/welcome/[\w-]+)"', page)
    assert found
    return found[1]


def invite(admin: Visitor) -> str:
    add(admin)
    return link_on(admin.get(PEOPLE).text)


def log_in(app: Flask, email: str, password: str) -> TestResponse:
    return Visitor(app.test_client()).submit("/login", "/login", email=email, password=password)


def deed(admin: Visitor, person: Visitor, deed: str, **filled: str) -> TestResponse:
    path = f"{PEOPLE}/{person.user_id}"
    return admin.submit(path, f"{path}/{deed}", **filled)


def test_a_colleague_chooses_a_password_with_the_link(app: Flask, admin: Visitor) -> None:
    link = invite(admin)
    tamar = Visitor(app.test_client())
    assert "Tamar" in tamar.get(link).text

    answer = tamar.submit(link, "/welcome", password="a sentence of hers")

    assert (answer.status_code, answer.location) == (303, "/inbox")
    assert tamar.get("/inbox").status_code == 200
    assert log_in(app, "tamar@example.com", "a sentence of hers").status_code == 303


def test_the_link_is_shown_once(admin: Visitor) -> None:
    invite(admin)

    assert "/welcome/" not in admin.get(PEOPLE).text


def test_the_link_is_not_readable_in_the_cookie(admin: Visitor) -> None:
    add(admin)

    with admin.client.session_transaction() as kept:
        assert "welcome/" not in str(dict(kept))


def test_the_link_works_once(app: Flask, admin: Visitor) -> None:
    link = invite(admin)
    first, second = Visitor(app.test_client()), Visitor(app.test_client())
    form = second.form(link, "/welcome")
    first.submit(link, "/welcome", password=PASSWORD)

    assert second.send(form, password="somebody else's").status_code == 404
    assert "no longer works" in second.get(link).text
    assert log_in(app, "tamar@example.com", PASSWORD).status_code == 303


def test_the_link_works_for_seven_days(app: Flask, engine: Engine, admin: Visitor) -> None:
    link = invite(admin)
    with writing(engine) as session:
        session.execute(update(OneTimeCode).values(expires_at=clock.now() - timedelta(seconds=1)))

    assert app.test_client().get(link).status_code == 404


@pytest.mark.parametrize("code", ["x", "%00", "..", "A" * 3000])
def test_a_link_that_never_was_is_said_to_be_one(app: Flask, admin: Visitor, code: str) -> None:
    assert app.test_client().get(f"/welcome/{code}").status_code == 404


def test_a_short_password_leaves_the_link_as_it_was(app: Flask, admin: Visitor) -> None:
    link, tamar = invite(admin), Visitor(app.test_client())

    assert tamar.submit(link, "/welcome", password="short").status_code == 422
    assert tamar.submit(link, "/welcome", password=PASSWORD).status_code == 303


def test_before_that_no_password_lets_them_in(app: Flask, admin: Visitor) -> None:
    add(admin)

    for guess in ("", "!", PASSWORD):
        assert log_in(app, "tamar@example.com", guess).status_code == 422


def test_who_has_a_login_keeps_the_password_and_gets_no_link(
    app: Flask, office: Office, elsewhere: Workspace
) -> None:
    Visitor.member(app, office, Role.AGENT)
    boss = Visitor.elsewhere_admin(app, office, elsewhere.id)

    add(boss, email_of(office, Role.AGENT).upper())

    page = boss.get(PEOPLE).text
    assert "has a login on this installation already" in page
    assert "/welcome/" not in page
    assert log_in(app, email_of(office, Role.AGENT), PASSWORD).status_code == 303


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
    from app.inbox import people

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
    from app.inbox import triage

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


def test_a_locked_out_colleague_gets_a_new_link(
    app: Flask, office: Office, admin: Visitor, agent: Visitor
) -> None:
    path = f"{PEOPLE}/{agent.user_id}"
    deed(admin, agent, "link")
    link = link_on(admin.get(path).text)
    assert agent.get("/inbox").status_code == 200

    Visitor(app.test_client()).submit(link, "/welcome", password="another sentence")

    assert agent.get("/inbox").status_code == 303
    assert log_in(app, email_of(office, Role.AGENT), PASSWORD).status_code == 422
    assert log_in(app, email_of(office, Role.AGENT), "another sentence").status_code == 303


def test_a_newer_link_ends_the_one_before(app: Flask, admin: Visitor, agent: Visitor) -> None:
    path = f"{PEOPLE}/{agent.user_id}"
    links = []
    for _ in range(2):
        deed(admin, agent, "link")
        links.append(link_on(admin.get(path).text))

    assert [app.test_client().get(link).status_code for link in links] == [404, 200]


def test_nobody_is_taken_over_in_another_workspace(
    engine: Engine, admin: Visitor, agent: Visitor, elsewhere: Workspace
) -> None:
    join(engine, elsewhere.id, agent, Role.ADMIN)

    answer = deed(admin, agent, "link")

    assert answer.status_code == 422
    assert "Only the operator" in answer.text


def test_a_link_made_before_somebody_joins_another_workspace_is_void(
    app: Flask, office: Office, admin: Visitor, elsewhere: Workspace
) -> None:
    link = invite(admin)
    boss = Visitor.elsewhere_admin(app, office, elsewhere.id)

    add(boss, "tamar@example.com")

    assert app.test_client().get(link).status_code == 404


def test_an_admin_makes_no_link_for_the_operator(admin: Visitor, operator: Visitor) -> None:
    assert deed(admin, operator, "link").status_code == 422


def test_no_link_for_who_is_deactivated(admin: Visitor, agent: Visitor) -> None:
    form = admin.form(f"{PEOPLE}/{agent.user_id}", f"{PEOPLE}/{agent.user_id}/link")
    deed(admin, agent, "deactivate")

    assert admin.send(form).status_code == 422


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
        from app.inbox import people

        place = session.query(Membership).one()
        for number in range(50):
            people.join(session, place.workspace_id, _user(session, number), Role.AGENT)

    assert count() == few <= 3


def _user(session: object, number: int) -> int:
    user = User(email=f"u{number}@example.com", name=f"U{number}", password_hash="")
    session.add(user)  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    return user.id
