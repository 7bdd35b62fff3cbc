"""Guesses at one login are counted over all addresses, and do not keep its owner out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.models.states import Role
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.office import Office


@pytest.fixture
def email(app: Flask, office: Office) -> str:
    Visitor.member(app, office, Role.AGENT)
    return email_of(office, Role.AGENT)


def log_in(client: FlaskClient, address: str, email: str, password: str) -> int:
    visitor = Visitor(client)
    form = visitor.form("/login", "/login")
    filled = form.fields | {"email": email, "password": password}
    return client.post("/login", data=filled, environ_base={"REMOTE_ADDR": address}).status_code


def guess_often(app: Flask, email: str) -> list[int]:
    """Guess at a login from twenty-one addresses."""
    return [log_in(app.test_client(), f"10.0.0.{n}", email, "guess") for n in range(21)]


def test_guesses_from_many_addresses_are_stopped(app: Flask, email: str) -> None:
    assert guess_often(app, email) == [*[422] * 20, 429]
    assert log_in(app.test_client(), "10.0.1.1", email.upper(), PASSWORD) == 429
    assert log_in(app.test_client(), "10.0.1.1", "x" + email, "guess") == 422


def test_a_browser_that_was_logged_in_before_is_not_kept_out(app: Flask, email: str) -> None:
    own = app.test_client()
    assert log_in(own, "10.0.2.1", email, PASSWORD) == 303
    own.post("/logout", data=Visitor(own).form("/inbox", "/logout").fields)

    guess_often(app, email)

    assert log_in(own, "10.0.2.1", email, PASSWORD) == 303


def test_a_browser_known_for_one_login_is_a_stranger_to_another(
    app: Flask, office: Office, email: str
) -> None:
    Visitor.member(app, office, Role.ADMIN)
    colleague = app.test_client()
    assert log_in(colleague, "10.0.2.1", email_of(office, Role.ADMIN), PASSWORD) == 303

    guess_often(app, email)

    assert log_in(colleague, "10.0.2.1", email, "guess") == 429


@pytest.mark.parametrize("cookie", ["", "x", "W10.x", "a" * 4000])
def test_a_made_up_cookie_is_a_strangers(app: Flask, email: str, cookie: str) -> None:
    guess_often(app, email)
    client = app.test_client()
    client.set_cookie("device", cookie, path="/login")

    assert log_in(client, "10.0.3.1", email, PASSWORD) == 429


def test_who_forgot_the_password_reads_who_can_help(app: Flask, email: str) -> None:
    assert "An admin of your workspace" in app.test_client().get("/login").text
