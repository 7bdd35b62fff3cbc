"""Every address with an id in it answers 404 to another workspace (row by row, all methods)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import responses
from werkzeug.routing import IntegerConverter, Rule

from app.blueprints.converters import MAX_ID
from app.models import Contact, Delivery, Message
from app.models.database import writing
from tests.api.conftest import Api, Tenant, browser, make_tenant

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from app.crypto import Vault

Address = tuple[str, str]
Route = tuple[str, Rule]
METHODS = {"GET", "PUT", "PATCH", "POST", "DELETE"}
NEEDED: dict[str, dict[str, object]] = {"fragments.older": {"before": "1.1"}}
"""What a route needs beside its ids to find anything."""


def _routes(app: Flask) -> list[Route]:
    """Return each route with an id, once for each method."""
    return [
        (method, rule)
        for rule in sorted(app.url_map.iter_rules(), key=str)
        for method in sorted(METHODS & (rule.methods or set()))
        if _ids(rule)
    ]


def _ids(rule: Rule) -> list[str]:
    converters = rule._converters.items()
    return [name for name, made in converters if isinstance(made, IntegerConverter)]


def _removes(route: Route) -> bool:
    """Say whether a route takes away what others lead to."""
    method, rule = route
    return method == "DELETE" or rule.rule.endswith(("/delete", "/revoke"))


def _address(app: Flask, route: Route, tenant: Tenant) -> Address:
    """Return (method, path) of a route, filled with the tenant's ids."""
    method, rule = route
    ids: dict[str, object] = {name: getattr(tenant, name) for name in _ids(rule)}
    return method, app.url_map.bind("").build(rule.endpoint, ids | NEEDED.get(rule.endpoint, {}))


def _addresses(app: Flask, tenant: Tenant) -> list[Address]:
    return [_address(app, route, tenant) for route in _routes(app)]


@pytest.fixture
def stuck(app: Flask, api: Api, ours: Tenant, engine: Engine) -> Tenant:
    """Our workspace, with a failed message in place of the customer's, and a picture."""
    picture = app.extensions["inlet"].media.put("contact", b"picture", "png")
    message_id = api.reply(ours.conversation_id, text="hi").json["id"]
    with writing(engine) as session:
        session.query(Delivery).filter_by(message_id=message_id).one().state = "failed"
        session.get_one(Message, message_id).status = "failed"
        session.get_one(Contact, ours.contact_id).picture = picture
    return replace(ours, message_id=message_id)


def test_there_are_addresses_to_try(app: Flask, ours: Tenant) -> None:
    assert len(_addresses(app, ours)) > 10


def test_a_foreign_token_finds_nothing(app: Flask, stranger: Api, stuck: Tenant) -> None:
    tried = [one for one in _addresses(app, stuck) if one[1].startswith("/api/")]

    assert {one: stranger(*one).status_code for one in tried} == dict.fromkeys(tried, 404)


def test_a_foreign_session_finds_nothing(app: Flask, theirs: Tenant, stuck: Tenant) -> None:
    person = browser(app, theirs.admin_id)
    tried = _addresses(app, stuck)

    assert {one: person(*one).status_code for one in tried} == dict.fromkeys(tried, 404)


def test_the_owner_finds_what_stays(app: Flask, stuck: Tenant) -> None:
    person = browser(app, stuck.admin_id)
    tried = [_address(app, route, stuck) for route in _routes(app) if not _removes(route)]
    with responses.RequestsMock():
        lost = [one for one in tried if person(*one).status_code == 404]

    assert lost == []


def test_the_owner_finds_what_can_be_removed(app: Flask, engine: Engine, vault: Vault) -> None:
    """Each removal has a workspace of its own: it takes along what others lead to."""
    removals = [route for route in _routes(app) if _removes(route)]
    lost = []
    for number, route in enumerate(removals):
        with writing(engine) as session:
            owner = make_tenant(session, vault, f"Owner{number}", f"178400000000{number}")
        address = _address(app, route, owner)
        if browser(app, owner.admin_id)(*address).status_code == 404:
            lost.append(address)

    assert removals
    assert lost == []


@pytest.mark.parametrize("beyond", [MAX_ID, MAX_ID + 1, 10**30, "9" * 5000, "-1", "1.0", "x"])
def test_an_id_that_cannot_be_is_404(app: Flask, ours: Tenant, beyond: object) -> None:
    person = browser(app, ours.admin_id)
    for method, path in _addresses(app, Tenant(**dict.fromkeys(vars(ours), 123456789))):  # type: ignore[arg-type]
        assert person(method, path.replace("123456789", str(beyond))).status_code == 404, path
