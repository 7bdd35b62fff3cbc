"""Connecting an account, and changing a connection: by fields, or by the Integration JSON."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, render_template, request
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.blueprints.access import caller, needs
from app.blueprints.connection_input import Draft, problems, read_fields, without_secrets
from app.blueprints.connections import ASKING, back, look
from app.channels.registry import CHANNELS
from app.extensions import limiter, reader
from app.inbox import integrations
from app.inbox.errors import Refused, Trouble
from app.inbox.permissions import Permission
from app.installation import current
from app.locale import gettext as _
from app.models.database import writing

if TYPE_CHECKING:
    from app.inbox.integrations import ReadInput
    from app.models import Integration

bp = Blueprint("connection_forms", __name__, url_prefix="/settings/connections")

Answer = Response | tuple[str, int]


@bp.get("/new")
@needs(Permission.MANAGE_CONNECTIONS)
def new() -> str:
    """Show the ways to connect an account."""
    return _new(Draft())


@bp.post("/new")
@needs(Permission.MANAGE_CONNECTIONS)
@limiter.limit(ASKING)
def create() -> Answer:
    """Connect an account by the fields of the form."""
    raw = read_fields(request.form)
    raw["config"].setdefault("webhook_verify_token", secrets.token_urlsafe(16))
    return _create(raw, Draft(values=request.form))


@bp.post("/new/json")
@needs(Permission.MANAGE_CONNECTIONS)
@limiter.limit(ASKING)
def create_from_json() -> Answer:
    """Connect an account by the Integration JSON."""
    text = request.form.get("json", "")
    shown = without_secrets(text)
    draft = Draft(json=shown, is_json=True, is_cut=shown != text)
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as problem:
        return _new(draft.failed({"": [_not_json(problem)]})), 422
    if not isinstance(raw, dict):
        return _new(draft.failed({"": [_("This must be one JSON object: { … }.")]})), 422
    return _create(raw, replace(draft, unknown=integrations.unknown_keys(raw)))


@bp.get("/<int:integration_id>/edit")
@needs(Permission.MANAGE_CONNECTIONS)
def edit(integration_id: int) -> str:
    """Show what can be changed; secrets are not shown."""
    found = integrations.in_workspace(reader(), caller().workspace_id, integration_id)
    return _edit(found, Draft(values=_values(found)))


@bp.post("/<int:integration_id>/edit")
@needs(Permission.MANAGE_CONNECTIONS)
@limiter.limit(ASKING)
def change(integration_id: int) -> Answer:
    """Change a connection; a secret that is left empty stays."""
    workspace_id, draft = caller().workspace_id, Draft(values=request.form)
    found = integrations.in_workspace(reader(), workspace_id, integration_id)
    try:
        given = integrations.read_input(read_fields(request.form), found)
        with writing(current().engine) as session:
            one = integrations.in_workspace(session, workspace_id, integration_id)
            integrations.change(session, one, given.data, current().vault)
    except ValidationError as error:
        return _edit(found, draft.failed(problems(error))), 422
    except Refused as refused:
        return _edit(found, draft, refused.trouble), 409
    look(integration_id)
    flash(_("Saved, and checked with Meta."), "done")
    return back(integration_id)


def _create(raw: Mapping[str, Any], draft: Draft) -> Answer:
    try:
        given = integrations.read_input(raw)
    except ValidationError as error:
        return _new(draft.failed(problems(error))), 422
    if not integrations.account_ids(given.data):
        needed = _("Enter at least one of the two ids.")
        return _new(draft.failed({"config.instagram_page_id": [needed]})), 422
    try:
        with writing(current().engine) as session:
            stored = integrations.load(session, caller().workspace_id, given.data, current().vault)
    except Refused as refused:
        return _new(draft, refused.trouble), 409
    look(stored.id)
    _tell(given)
    return back(stored.id)


def _tell(given: ReadInput) -> None:
    flash(_("Saved, and checked with Meta. What came of it is below."), "done")
    if given.unknown_keys:
        keys = ", ".join(given.unknown_keys)
        flash(_("Left out, because it means nothing to Inlet: %(keys)s", keys=keys), "soon")


def _not_json(problem: Exception) -> str:
    if isinstance(problem, json.JSONDecodeError):
        place = {"line": problem.lineno, "column": problem.colno}
        return str(_("This is no JSON: look at line %(line)d, column %(column)d.", **place))
    return str(_("This is no JSON."))


def _new(draft: Draft, trouble: Trouble | None = None) -> str:
    return render_template(
        "connection_new.html",
        draft=draft,
        trouble=trouble,
        channels=list(CHANNELS),
    )


def _edit(found: Integration, draft: Draft, trouble: Trouble | None = None) -> str:
    return render_template(
        "connection_edit.html",
        integration=found,
        draft=draft,
        trouble=trouble,
        has_token=current().keyring.has_access_token(found),
        has_secret=current().keyring.has_app_secret(found),
        channels=[found.channel],
    )


def _values(found: Integration) -> dict[str, str]:
    config = found.config
    shown = {name: str(config.get(name) or "") for name in ("page_id", "instagram_page_id")}
    login = str(config.get("login", "facebook"))
    return shown | {"login": login, "human_agent": "1" if config.get("human_agent") else ""}
