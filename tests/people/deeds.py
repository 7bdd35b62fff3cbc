"""What an admin does to colleagues in the settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.inbox_pages.visitor import Visitor

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse


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
