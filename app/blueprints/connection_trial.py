"""A test webhook from Inlet to itself, and what became of it."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from app.blueprints.access import caller, needs
from app.blueprints.connections import ASKING, back, shown
from app.extensions import limiter, reader
from app.inbox import connections, self_test
from app.inbox.permissions import Permission
from app.inbox.self_test import Knocked
from app.installation import current
from app.locale import gettext as _
from app.present.self_test import steps

bp = Blueprint("connection_trial", __name__, url_prefix="/settings/connections")

KEPT = "connection_test"
"""Where the session keeps what the last test found; nothing in it is secret."""


@bp.post("/<int:integration_id>/test")
@needs(Permission.MANAGE_CONNECTIONS)
@limiter.limit(ASKING)
def trial(integration_id: int) -> Response:
    """Post a signed test through the real route and lead to what became of it."""
    office = current()
    channel, secret = self_test.secret_of(
        reader(), office.keyring, caller().workspace_id, integration_id
    )
    reader().close()  # the test takes seconds: hold no transaction meanwhile
    if secret is None:
        flash(_("A test cannot be signed: there is no app secret. Enter one first."), "problem")
        return back(integration_id)
    knocked = self_test.post(office.keyring, channel, secret, _addresses())
    if knocked.status is not None:
        self_test.wait(office.engine, knocked)
    session[KEPT] = asdict(knocked) | {"integration_id": integration_id}
    return redirect(url_for("connection_trial.outcome", integration_id=integration_id), 303)


@bp.get("/<int:integration_id>/test")
@needs(Permission.MANAGE_CONNECTIONS)
def outcome(integration_id: int) -> Response | str:
    """Show what became of the last test, step by step."""
    found = connections.one(reader(), caller().workspace_id, integration_id)
    kept = dict(session.get(KEPT) or {})
    if kept.pop("integration_id", None) != integration_id:
        return back(integration_id)
    knocked = Knocked(**kept)
    result = self_test.find(reader(), knocked.digest, knocked.verified_by)
    return render_template(
        "connection_test.html",
        card=shown(found),
        steps=steps(knocked, result),
    )


def _addresses() -> list[str]:
    """Return where the test may knock: the public address, then this machine's own."""
    settings = current().settings
    host = settings.inlet_host
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - read, not bound
    own = f"http://{local}:{settings.inlet_port}"
    return list(dict.fromkeys((settings.base_url, own)))
