"""Our copy of a profile picture is shown to the workspace it belongs to, and does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import clock
from app.models import Contact
from app.models.database import writing
from app.models.states import Role
from tests.bodies import message
from tests.inbox_pages.visitor import Visitor

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office

JPEG = b"\xff\xd8\xff\xe0 a picture <script>"


@pytest.fixture
def contact(app: Flask, office: Office) -> Contact:
    """A person whose picture we have."""
    office.take_in(message("m1", at=clock.now()))
    name = app.extensions["inlet"].media.put("contact:1", JPEG, "jpg")
    with writing(office.engine) as session:
        session.get_one(Contact, office.row(Contact).id).picture = name
    return office.row(Contact)


def address(contact: Contact) -> str:
    return f"/media/contacts/{contact.id}/picture"


def test_the_page_shows_our_copy(agent: Visitor, office: Office, contact: Contact) -> None:
    shown = agent.get(f"/inbox/{office.thread().id}").text

    source = shown.partition('<img src="')[2].partition('"')[0]
    assert source == f"{address(contact)}?v={(contact.picture or '')[:12]}"
    assert agent.get(source).data == JPEG


def test_the_head_of_the_thread_shows_the_same_copy_also_in_a_poll(
    agent: Visitor, office: Office, contact: Contact
) -> None:
    thread = f"/inbox/{office.thread().id}"
    source = f'src="{address(contact)}?v={(contact.picture or "")[:12]}"'

    assert agent.get(thread).text.count(source) == 2
    assert agent.get(f"{thread}/thread").text.count(source) == 1


def test_a_browser_takes_it_for_a_picture_or_nothing(agent: Visitor, contact: Contact) -> None:
    headers = agent.get(address(contact)).headers

    assert headers["Content-Type"] == "image/jpeg"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_it_is_kept_under_its_present_name_alone(agent: Visitor, contact: Contact) -> None:
    kept = agent.get(f"{address(contact)}?v={(contact.picture or '')[:12]}")
    asked = agent.get(f"{address(contact)}?v=another")

    assert kept.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert asked.headers["Cache-Control"] == "private, no-cache"


def test_strangers_do_not_see_it(app: Flask, office: Office, contact: Contact) -> None:
    elsewhere = Visitor.elsewhere(app, office, Role.ADMIN)

    assert app.test_client().get(address(contact)).status_code == 401
    assert elsewhere.get(address(contact)).status_code == 404


def test_a_file_that_is_gone_is_not_there(app: Flask, agent: Visitor, contact: Contact) -> None:
    app.extensions["inlet"].media.delete(contact.picture)

    assert agent.get(address(contact)).status_code == 404
