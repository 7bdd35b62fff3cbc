"""Every address with an id in it answers 404 to another workspace (row by row, all methods)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses
from werkzeug.routing import IntegerConverter

from app.blueprints.converters import MAX_ID
from app.models import Contact, Delivery, Message
from app.models.database import writing
from tests.api.conftest import Api, Tenant, browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy import Engine

LAST = ["GET", "PUT", "PATCH", "POST", "DELETE"]


def _addresses(app: Flask, tenant: Tenant) -> Iterator[tuple[str, str]]:
    """Yield (method, path) of every route with an id, filled with the tenant's."""
    found = []
    adapter = app.url_map.bind("")
    for rule in app.url_map.iter_rules():
        names = [
            name for name, made in rule._converters.items() if isinstance(made, IntegerConverter)
        ]
        if names:
            path = adapter.build(rule.endpoint, {name: getattr(tenant, name) for name in names})
            found += [(method, path) for method in (rule.methods or ()) if method in LAST]
    return iter(sorted(found, key=lambda one: (LAST.index(one[0]), one[1])))


@pytest.fixture
def stuck(app: Flask, api: Api, ours: Tenant, engine: Engine) -> Tenant:
    """Our workspace, with a failed message in place of the customer's, and a picture."""
    picture = app.extensions["inlet"].media.put("contact", b"picture", "png")
    message_id = api.reply(ours.conversation_id, text="hi").json["id"]
    with writing(engine) as session:
        session.query(Delivery).filter_by(message_id=message_id).one().state = "failed"
        session.get_one(Message, message_id).status = "failed"
        session.get_one(Contact, ours.contact_id).picture = picture
    return Tenant(**{**vars(ours), "message_id": message_id})


def test_there_are_addresses_to_try(app: Flask, ours: Tenant) -> None:
    assert len(list(_addresses(app, ours))) > 10


def test_a_foreign_token_finds_nothing(app: Flask, stranger: Api, stuck: Tenant) -> None:
    tried = [one for one in _addresses(app, stuck) if one[1].startswith("/api/")]

    assert {one: stranger(*one).status_code for one in tried} == dict.fromkeys(tried, 404)


def test_a_foreign_session_finds_nothing(app: Flask, theirs: Tenant, stuck: Tenant) -> None:
    person = browser(app, theirs.admin_id)
    tried = list(_addresses(app, stuck))

    assert {one: person(*one).status_code for one in tried} == dict.fromkeys(tried, 404)


def test_the_owner_finds_everything(app: Flask, stuck: Tenant) -> None:
    person = browser(app, stuck.admin_id)
    with responses.RequestsMock():
        lost = [one for one in _addresses(app, stuck) if person(*one).status_code == 404]

    assert lost == []


@pytest.mark.parametrize("beyond", [MAX_ID, MAX_ID + 1, 10**30, "9" * 5000, "-1", "1.0", "x"])
def test_an_id_that_cannot_be_is_404(app: Flask, ours: Tenant, beyond: object) -> None:
    person = browser(app, ours.admin_id)
    for method, path in _addresses(app, Tenant(**dict.fromkeys(vars(ours), 123456789))):  # type: ignore[arg-type]
        assert person(method, path.replace("123456789", str(beyond))).status_code == 404, path
