"""The API of integrations, for admins."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response
from pydantic import ValidationError

from app.blueprints import api_access
from app.blueprints.access import caller, needs
from app.blueprints.contracts import describe
from app.blueprints.exchange import answer, nothing, read_object
from app.blueprints.problems import InvalidInput
from app.blueprints.schemas_integrations import (
    IntegrationBody,
    IntegrationList,
    IntegrationOut,
    StoredIntegration,
)
from app.extensions import reader
from app.inbox import integrations, proof
from app.inbox.permissions import Permission
from app.installation import current
from app.models.database import reading, writing

if TYPE_CHECKING:
    from app.inbox.integrations import ReadInput
    from app.models import Integration

bp = api_access.blueprint("api_integrations", __name__, "/api/integrations")


@bp.get("")
@describe({200: IntegrationList})
@needs(Permission.MANAGE_CONNECTIONS)
def index() -> Response:
    """Return all integrations of the workspace."""
    found = integrations.listed(reader(), caller().workspace_id)
    keyring = current().keyring
    return answer(IntegrationList(items=[IntegrationOut.of(one, keyring) for one in found]))


@bp.post("")
@describe({201: StoredIntegration, 200: StoredIntegration}, body=IntegrationBody, problems=(409,))
@needs(Permission.MANAGE_CONNECTIONS)
def create() -> Response:
    """Store an integration: 201 for a new one, 200 where one with an equal id is updated."""
    workspace_id = caller().workspace_id
    given = _read(None)
    known = {one.id for one in integrations.listed(reader(), workspace_id)}
    with writing(current().engine) as session:
        stored = integrations.load(session, workspace_id, given.data, current().vault)
    status = HTTPStatus.OK if stored.id in known else HTTPStatus.CREATED
    return _checked(workspace_id, stored.id, given, status)


@bp.get("/<int:integration_id>")
@describe({200: IntegrationOut})
@needs(Permission.MANAGE_CONNECTIONS)
def show(integration_id: int) -> Response:
    """Return one integration."""
    found = integrations.in_workspace(reader(), caller().workspace_id, integration_id)
    return answer(IntegrationOut.of(found, current().keyring))


@bp.patch("/<int:integration_id>")
@describe({200: StoredIntegration}, body=IntegrationBody, is_partial=True, problems=(409,))
@needs(Permission.MANAGE_CONNECTIONS)
def change(integration_id: int) -> Response:
    """Change what is given; what is left out, or null, stays."""
    workspace_id = caller().workspace_id
    given = _read(integrations.in_workspace(reader(), workspace_id, integration_id))
    with writing(current().engine) as session:
        found = integrations.in_workspace(session, workspace_id, integration_id)
        integrations.change(session, found, given.data, current().vault)
    return _checked(workspace_id, integration_id, given, HTTPStatus.OK)


@bp.delete("/<int:integration_id>")
@describe({204: None})
@needs(Permission.MANAGE_CONNECTIONS)
def remove(integration_id: int) -> Response:
    """Take an integration away and forget its secrets; conversations stay."""
    with writing(current().engine) as session:
        found = integrations.in_workspace(session, caller().workspace_id, integration_id)
        integrations.remove(session, found)
    return nothing()


def _read(onto: Integration | None) -> ReadInput:
    raw = read_object()
    try:
        return integrations.read_input(raw, onto)
    except ValidationError as error:
        errors = error.errors(include_input=False, include_url=False)
        raise InvalidInput(HTTPStatus.UNPROCESSABLE_ENTITY, errors) from None


def _checked(
    workspace_id: int, integration_id: int, given: ReadInput, status: HTTPStatus
) -> Response:
    """Look the accounts up at Meta, ring for what may go on now, and return the integration."""
    office = current()
    reader().close()  # Meta may take its time: hold no transaction meanwhile
    problem = proof.check_accounts(office.engine, office.graph, office.keyring, integration_id)
    office.queue.ring_inbound()
    office.queue.ring_outbound()
    warnings = [f"“{key}” means nothing to Inlet and was left out" for key in given.unknown_keys]
    if problem:
        warnings.append(f"the account could not be looked up: {problem}")
    with reading(office.engine) as session:
        found = integrations.in_workspace(session, workspace_id, integration_id)
        shown = IntegrationOut.of(found, office.keyring).model_dump()
    return answer(StoredIntegration(**shown, warnings=warnings), status)
