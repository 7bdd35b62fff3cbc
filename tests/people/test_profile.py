"""One's own name, password and language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from app import locale
from app.models import User
from app.models.database import reading
from app.models.states import Role
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from tests.office import Office

PROFILE = "/settings/profile"
NEW = "a new long sentence"


@pytest.fixture
def visitor(app: Flask, office: Office, agent: Visitor) -> Visitor:
    """The agent, logged in through the form in one more browser."""
    found = Visitor(app.test_client(), agent.user_id)
    found.submit("/login", "/login", email=email_of(office, Role.AGENT), password=PASSWORD)
    return found


def change(visitor: Visitor, **filled: str) -> TestResponse:
    known = {"old": PASSWORD, "password": NEW}
    return visitor.submit(PROFILE, f"{PROFILE}/password", **known | filled)


def test_it_says_who_one_is(operator: Visitor) -> None:
    page = operator.get(PROFILE).text

    assert "operator@example.com" in page
    assert "run this installation" in page


def test_a_name_is_changed(visitor: Visitor, office: Office) -> None:
    visitor.submit(PROFILE, f"{PROFILE}/name", name=" أنا \0💙 ")

    with reading(office.engine) as session:
        assert session.scalars(select(User.name)).one() == "أنا 💙"
    assert "Saved." in visitor.get(PROFILE).text


def test_without_a_name_nothing_changes(visitor: Visitor) -> None:
    answer = visitor.submit(PROFILE, f"{PROFILE}/name", name=" ")

    assert answer.status_code == 422
    assert "The name is missing." in answer.text


def test_a_new_password_ends_all_other_sessions(visitor: Visitor, agent: Visitor) -> None:
    assert agent.get(PROFILE).status_code == 200

    assert change(visitor).status_code == 303

    assert visitor.get(PROFILE).status_code == 200
    assert agent.get(PROFILE).status_code == 303


def test_afterwards_only_the_new_one_lets_in(app: Flask, office: Office, visitor: Visitor) -> None:
    change(visitor)

    def log_in(password: str) -> int:
        stranger, email = Visitor(app.test_client()), email_of(office, Role.AGENT)
        return stranger.submit("/login", "/login", email=email, password=password).status_code

    assert (log_in(PASSWORD), log_in(NEW)) == (422, 303)


@pytest.mark.parametrize(
    ("filled", "words"),
    [
        ({"old": "wrong"}, "The old password is wrong."),
        ({"password": "short"}, "too short"),
        ({"password": "x" * 1001}, "too long"),
    ],
)
def test_what_will_not_do_changes_nothing(
    visitor: Visitor, agent: Visitor, filled: dict[str, str], words: str
) -> None:
    answer = change(visitor, **filled)

    assert answer.status_code == 422
    assert words in answer.text
    assert agent.get(PROFILE).status_code == 200


def test_guesses_at_the_old_password_are_limited(visitor: Visitor) -> None:
    form = visitor.form(PROFILE, f"{PROFILE}/password")
    for _ in range(10):
        visitor.send(form, old="guess", password=NEW)

    assert visitor.send(form, old=PASSWORD, password=NEW).status_code == 429


def test_a_language_is_offered_only_where_there_are_two(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Language" not in visitor.get(PROFILE).text

    monkeypatch.setattr(locale, "languages", lambda: ["en", "ka"])

    assert "ქართული" in visitor.get(PROFILE).text


def test_nothing_happens_without_a_form_of_ours(app: Flask, visitor: Visitor) -> None:
    answer = visitor.client.post(f"{PROFILE}/password", data={"old": PASSWORD, "password": NEW})

    assert answer.status_code == 400
