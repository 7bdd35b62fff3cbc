"""Admins make tokens for programs; a token ends by its time, or by hand."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.inbox import tokens
from app.inbox.errors import Refused
from app.models import ApiToken, User, Workspace
from app.models.database import reading, writing
from app.models.states import Role
from tests.inbox_pages.visitor import Visitor, statements

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

    from tests.office import Office

TOKENS = "/settings/tokens"
API = "/api/inbox/conversations"


def make(admin: Visitor, **filled: str) -> TestResponse:
    known = {"name": "Robot", "role": "agent", "days": "30"}
    return admin.submit(TOKENS, TOKENS, **known | filled)


def shown(admin: Visitor) -> str:
    found = re.search(r"inlet_[\w-]+", admin.get(TOKENS).text)
    return found[0] if found else ""


def call(app: Flask, token: str, path: str = API) -> TestResponse:
    answer = app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
    answer.close()  # what is noted afterwards is noted now
    return answer


def row(engine: Engine) -> ApiToken:
    with reading(engine) as session:
        return session.query(ApiToken).one()


def test_a_token_is_shown_once_and_works(app: Flask, admin: Visitor) -> None:
    make(admin)
    token = shown(admin)

    assert call(app, token).status_code == 200
    assert shown(admin) == ""
    assert "Robot" in admin.get(TOKENS).text


def test_the_page_that_shows_it_is_kept_nowhere(admin: Visitor) -> None:
    make(admin)

    assert admin.get(TOKENS).headers["Cache-Control"] == "private, no-store"


def test_it_is_stored_as_a_digest_with_its_maker(engine: Engine, admin: Visitor) -> None:
    make(admin)
    found = row(engine)

    assert shown(admin).encode() not in found.digest
    assert (found.created_by_id, found.role) == (admin.user_id, "agent")


@pytest.mark.parametrize(("role", "status"), [("manager", 403), ("admin", 200)])
def test_its_role_is_what_it_may(app: Flask, admin: Visitor, role: str, status: int) -> None:
    make(admin, role=role)

    assert call(app, shown(admin), "/api/integrations").status_code == status


@pytest.mark.parametrize("days", ["30", "90", "365"])
def test_it_works_until_its_day(app: Flask, engine: Engine, admin: Visitor, days: str) -> None:
    make(admin, days=days)
    token, expires_at = shown(admin), row(engine).expires_at

    assert expires_at is not None
    assert abs(expires_at - clock.now() - timedelta(days=int(days))) < timedelta(minutes=5)

    with writing(engine) as session:
        session.execute(update(ApiToken).values(expires_at=clock.now() - timedelta(seconds=1)))
    answer = call(app, token)
    assert answer.status_code == 401
    assert "expired" in answer.get_json()["detail"]
    assert "expired" in admin.get(TOKENS).text


def test_one_without_a_day_works_on(engine: Engine, admin: Visitor) -> None:
    make(admin, days="")

    assert row(engine).expires_at is None


@pytest.mark.parametrize(
    "filled", [{"days": "31"}, {"days": "-1"}, {"days": "9" * 500}, {"role": "operator"}]
)
def test_what_was_not_offered_is_refused(admin: Visitor, filled: dict[str, str]) -> None:
    assert make(admin, **filled).status_code == 400


def test_it_needs_a_name(admin: Visitor) -> None:
    answer = make(admin, name="  ")

    assert answer.status_code == 422
    assert "has no name" in answer.text


def test_nobody_makes_one_above_themselves(engine: Engine, office: Office, admin: Visitor) -> None:
    with writing(engine) as session:
        workspace = session.get_one(Workspace, office.workspace_id)
        maker = (session.get_one(User, admin.user_id), Role.MANAGER)
        with pytest.raises(Refused, match="above your own"):
            tokens.make_token(session, workspace, "Robot", Role.ADMIN, maker=maker)


def test_a_revoked_one_is_refused_at_once(app: Flask, engine: Engine, admin: Visitor) -> None:
    make(admin)
    token = shown(admin)

    admin.submit(TOKENS, f"{TOKENS}/{row(engine).id}/revoke")

    answer = call(app, token)
    assert answer.status_code == 401
    assert "revoked" in answer.get_json()["detail"]
    assert "Revoke it" not in admin.get(TOKENS).text


def test_a_token_of_another_workspace_does_not_exist(
    app: Flask, engine: Engine, office: Office, admin: Visitor
) -> None:
    make(admin)
    token = shown(admin)
    theirs = Visitor.elsewhere(app, office, Role.ADMIN)
    form = theirs.form(TOKENS, TOKENS)

    answer = theirs.client.post(f"{TOKENS}/{row(engine).id}/revoke", data=form.fields)

    assert answer.status_code == 404
    assert "Robot" not in theirs.get(TOKENS).text
    assert call(app, token).status_code == 200


def test_its_last_use_is_noted_at_most_every_ten_minutes(
    app: Flask, engine: Engine, admin: Visitor
) -> None:
    make(admin)
    token = shown(admin)
    assert "never" in admin.get(TOKENS).text

    call(app, token)
    first = row(engine).last_used_at
    call(app, token)
    assert first == row(engine).last_used_at
    assert first is not None

    with writing(engine) as session:
        session.execute(update(ApiToken).values(last_used_at=first - timedelta(minutes=11)))
    call(app, token)
    assert (row(engine).last_used_at or first) >= first


def test_the_list_takes_as_many_statements_for_fifty(
    app: Flask, engine: Engine, office: Office, admin: Visitor
) -> None:
    def count() -> int:
        with statements(app) as seen:
            assert admin.get(TOKENS).status_code == 200
        return len(seen)

    make(admin)
    few = count()
    with writing(engine) as session:
        workspace = session.get_one(Workspace, office.workspace_id)
        for number in range(50):
            tokens.make_token(session, workspace, f"Robot {number}", Role.AGENT)

    assert count() == few <= 3
