from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.blueprints.auth import is_own_path
from app.models.states import Role
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office


@pytest.fixture
def stranger(app: Flask, office: Office) -> Visitor:
    Visitor.member(app, office, Role.AGENT)
    return Visitor(app.test_client())


@pytest.fixture
def email(office: Office) -> str:
    return email_of(office, Role.AGENT)


def test_the_right_password_opens_the_inbox(stranger: Visitor, email: str) -> None:
    answer = stranger.submit("/login", "/login", email=email.upper(), password=PASSWORD)

    assert (answer.status_code, answer.location) == (303, "/inbox")
    assert stranger.get("/inbox").status_code == 200


def test_the_login_leads_back_to_where_one_wanted_to_go(stranger: Visitor, email: str) -> None:
    wanted = "/inbox?channel=instagram"
    login = stranger.get(wanted).location

    answer = stranger.submit(login or "", "/login", email=email, password=PASSWORD)

    assert answer.location == wanted


def test_a_wrong_password_and_an_unknown_address_look_the_same(
    stranger: Visitor, email: str
) -> None:
    wrong = stranger.submit("/login", "/login", email=email, password="a wrong password")
    unknown = stranger.submit("/login", "/login", email="x" + email[1:], password=PASSWORD)

    assert wrong.status_code == unknown.status_code == 422
    assert _without_values(wrong.text) == _without_values(unknown.text)


def _without_values(html: str) -> str:
    return re.sub(r'value="[^"]*"', "", html)


def test_odd_letters_in_the_address_are_a_wrong_login(stranger: Visitor) -> None:
    answer = stranger.submit("/login", "/login", email="a\0b@x", password="\0\ud7ff")

    assert answer.status_code == 422


def test_an_eleventh_attempt_within_a_minute_is_refused(stranger: Visitor, email: str) -> None:
    form = stranger.form("/login", "/login")
    tries = [stranger.send(form, email=email, password="guess").status_code for _ in range(10)]

    refused = stranger.send(form, email=email, password=PASSWORD)

    assert set(tries) == {422}
    assert refused.status_code == 429
    assert "Wait a minute" in refused.text
    assert stranger.send(form, email="other@x.example", password="guess").status_code == 422
    assert stranger.get("/login").status_code == 200


def test_a_session_from_before_the_login_is_worth_nothing(stranger: Visitor, email: str) -> None:
    with stranger.client.session_transaction() as kept:
        kept["planted"] = "by somebody else"

    stranger.submit("/login", "/login", email=email, password=PASSWORD)

    with stranger.client.session_transaction() as kept:
        assert "planted" not in kept
        assert "_user_id" in kept


def test_logging_out_ends_the_session(agent: Visitor) -> None:
    answer = agent.submit("/inbox", "/logout")

    assert (answer.status_code, answer.location) == (303, "/login")
    assert agent.get("/inbox").location == "/login?next=/inbox"


def test_a_link_cannot_log_out(agent: Visitor) -> None:
    assert agent.get("/logout").status_code == 405
    assert agent.get("/inbox").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/inbox\\..\\x",
        "javascript:alert(1)",
        "inbox",
        "",
    ],
)
def test_only_paths_of_this_site_are_gone_to(target: str) -> None:
    assert not is_own_path(target)


def test_paths_of_this_site_are_gone_to() -> None:
    assert is_own_path("/inbox/7?channel=instagram")
