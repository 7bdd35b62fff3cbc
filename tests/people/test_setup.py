"""The first person makes workspace and login in the browser, with a code from the terminal."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from app import clock
from app.inbox import members, setup
from app.models import Membership, OneTimeCode, User, Workspace
from app.models.database import reading, writing
from tests.inbox_pages.visitor import PASSWORD, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

FILLED = {
    "workspace": "Harbour",
    "name": "Ana",
    "email": "Ana@Example.com",
    "password": PASSWORD,
}


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def code(engine: Engine) -> str:
    return new_code(engine)


def new_code(engine: Engine) -> str:
    with writing(engine) as session:
        return setup.offer(session)


def set_up(visitor: Visitor, code: str, **changed: str) -> TestResponse:
    return visitor.submit("/setup", "/setup", code=code, **FILLED | changed)


def count(engine: Engine, model: type[User | Workspace]) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_where_nobody_can_log_in_yet_the_login_leads_to_the_setup(
    visitor: Visitor, code: str
) -> None:
    asked = visitor.client.get("/login")
    assert (asked.status_code, asked.location) == (303, "/setup")

    set_up(visitor, code)

    assert visitor.client.get("/login").status_code == 200


def test_the_code_makes_an_admin_who_operates_and_is_logged_in(
    engine: Engine, visitor: Visitor, code: str
) -> None:
    answer = set_up(visitor, code)

    assert (answer.status_code, answer.location) == (303, "/settings/connections")
    assert visitor.get("/inbox").status_code == 200
    with reading(engine) as session:
        place = session.scalars(select(Membership)).one()
        assert (place.workspace.name, place.role) == ("Harbour", "admin")
        assert (place.user.email, place.user.is_operator) == ("ana@example.com", True)
        assert members.log_in(session, "ana@example.com", PASSWORD)


def test_the_printed_address_fills_in_the_code(visitor: Visitor, code: str) -> None:
    assert visitor.form(f"/setup?code={code}", "/setup").fields["code"] == code


@pytest.mark.parametrize("write", [str.lower, lambda code: code.replace("-", " ")])
def test_the_code_may_be_typed(visitor: Visitor, code: str, write: Callable[[str], str]) -> None:
    assert set_up(visitor, write(code)).status_code == 303


@pytest.mark.parametrize("wrong", ["", "AAAA-AAAA-AAAA-AAAA", "\0", "💙" * 30])
def test_a_wrong_code_is_refused(engine: Engine, visitor: Visitor, code: str, wrong: str) -> None:
    answer = set_up(visitor, wrong)

    assert answer.status_code == 422
    assert "not the code that Inlet printed" in answer.text
    assert (count(engine, User), count(engine, Workspace)) == (0, 0)


def test_a_code_is_good_for_a_day(engine: Engine, visitor: Visitor, code: str) -> None:
    with writing(engine) as session:
        session.execute(update(OneTimeCode).values(expires_at=clock.now() - timedelta(seconds=1)))

    assert "no longer works" in set_up(visitor, code).text
    assert count(engine, User) == 0


def test_a_new_start_voids_the_code_of_the_one_before(
    engine: Engine, visitor: Visitor, code: str
) -> None:
    newer = new_code(engine)

    assert set_up(visitor, code).status_code == 422
    assert set_up(visitor, newer).status_code == 303


def test_of_two_codes_made_at_once_the_newer_works(
    engine: Engine, visitor: Visitor, code: str
) -> None:
    with writing(engine) as session:
        made = {"user_id": None, "expires_at": clock.now() + timedelta(hours=1)}
        session.add(OneTimeCode(digest=hashlib.sha256(b"NEWER").digest(), **made))

    assert set_up(visitor, code).status_code == 422
    assert set_up(visitor, "newer").status_code == 303


@pytest.mark.parametrize(
    "changed",
    [{"password": "short"}, {"email": "none"}, {"name": " "}, {"workspace": ""}],
)
def test_what_will_not_do_is_said_and_the_code_still_works(
    engine: Engine, visitor: Visitor, code: str, changed: dict[str, str]
) -> None:
    answer = set_up(visitor, code, **changed)

    assert answer.status_code == 422
    assert "Ana" in answer.text or "name" in changed
    assert PASSWORD not in answer.text
    assert (count(engine, User), count(engine, Workspace)) == (0, 0)
    assert set_up(visitor, code).status_code == 303


def test_a_workspace_of_the_environment_is_taken_over(
    engine: Engine, visitor: Visitor, code: str
) -> None:
    with writing(engine) as session:
        members.make_workspace(session, "Main")

    set_up(visitor, code)

    with reading(engine) as session:
        assert list(session.scalars(select(Workspace.name))) == ["Harbour"]


def test_two_at_once_make_one_login(app: Flask, engine: Engine, code: str) -> None:
    rivals = [Visitor(app.test_client()) for _ in range(4)]
    forms = [one.form("/setup", "/setup") for one in rivals]

    def race(number: int) -> str | None:
        filled = FILLED | {"email": f"ana{number}@example.com", "workspace": f"Harbour {number}"}
        return rivals[number].send(forms[number], code=code, **filled).location

    with ThreadPoolExecutor(4) as pool:
        led_to = list(pool.map(race, range(4)))

    assert sorted(one == "/login" for one in led_to) == [False, True, True, True]
    assert (count(engine, User), count(engine, Workspace)) == (1, 1)


def test_afterwards_setup_leads_to_the_login(
    app: Flask, engine: Engine, visitor: Visitor, code: str
) -> None:
    late = Visitor(app.test_client())
    form = late.form("/setup", "/setup")
    set_up(visitor, code)

    assert late.get("/setup").location == "/login"
    assert late.send(form, code=code, **FILLED).location == "/login"
    assert "set up already" in late.get("/login").text
    assert count(engine, User) == 1


def test_guesses_are_limited(visitor: Visitor, code: str) -> None:
    form = visitor.form("/setup", "/setup")
    tries = [visitor.send(form, code=f"{n}").status_code for n in range(10)]

    assert set(tries) == {422}
    assert visitor.send(form, code=code, **FILLED).status_code == 429


def test_it_takes_a_form_of_ours(app: Flask, engine: Engine, code: str) -> None:
    answer = app.test_client().post("/setup", data=FILLED | {"code": code})

    assert answer.status_code == 400
    assert count(engine, User) == 0
