"""Links with which colleagues choose their password."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.models import OneTimeCode
from app.models.database import writing
from app.models.states import Role
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of
from tests.people.conftest import join
from tests.people.deeds import PEOPLE, add, deed, invite, link_on, log_in

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from app.models import Workspace
    from tests.office import Office


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
