from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.models.states import Role
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office


@pytest.fixture
def redis_url() -> str:
    return "unix:///nowhere/redis.sock"


def test_login_works_and_is_limited_while_redis_is_away(app: Flask, office: Office) -> None:
    Visitor.member(app, office, Role.AGENT)
    visitor = Visitor(app.test_client())
    form, email = visitor.form("/login", "/login"), email_of(office, Role.AGENT)

    assert visitor.send(form, email=email, password=PASSWORD).status_code == 303
    form = visitor.form("/login", "/login")
    tries = [visitor.send(form, email=email, password="guess").status_code for _ in range(10)]
    assert tries == [422] * 9 + [429]
