"""The connections of a workspace: how each stands, and what an admin may do with it."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.blueprints.access import caller, needs
from app.extensions import limiter, reader
from app.inbox import connections, integrations, proof, repair, token_check
from app.inbox.connections import Connection
from app.inbox.permissions import Permission
from app.installation import current
from app.locale import gettext as _
from app.models.database import reading, writing
from app.present.connections import Card, card

bp = Blueprint("connections", __name__, url_prefix="/settings/connections")

ASKING = "20/minute"
"""How often an admin may have Meta asked."""


@bp.get("")
@needs(Permission.MANAGE_CONNECTIONS)
def page() -> str:
    """Show every connection with its checklist."""
    found = connections.overview(reader(), caller().workspace_id)
    settings = current().settings
    base_url = settings.base_url
    return render_template(
        "connections.html",
        cards=[shown(one) for one in found],
        is_demo=settings.inlet_demo,
        base_url=base_url,
        is_public=is_public(base_url),
    )


@bp.post("/<int:integration_id>/check")
@needs(Permission.MANAGE_CONNECTIONS)
@limiter.limit(ASKING)
def check(integration_id: int) -> Response:
    """Ask Meta how the token stands."""
    integrations.in_workspace(reader(), caller().workspace_id, integration_id)
    look(integration_id)
    return back(integration_id)


@bp.post("/<int:integration_id>/repair")
@needs(Permission.MANAGE_CONNECTIONS)
@limiter.limit(ASKING)
def mend_gaps(integration_id: int) -> Response:
    """Have the account's conversations at Meta looked through for missed messages."""
    workspace_id = caller().workspace_id
    with writing(current().engine) as session:
        integrations.in_workspace(session, workspace_id, integration_id)
        count = repair.ask_by_hand(session, workspace_id, integration_id)
    if count:
        flash(_("Looking for missed messages. What is found appears in the inbox."), "done")
    else:
        flash(_("Nothing can be asked of Meta until this connection works."), "soon")
    return back(integration_id)


@bp.post("/<int:integration_id>/switch")
@needs(Permission.MANAGE_CONNECTIONS)
def switch(integration_id: int) -> Response:
    """Switch a connection on or off."""
    is_enabled = request.form.get("is_enabled") == "1"
    with writing(current().engine) as session:
        found = integrations.in_workspace(session, caller().workspace_id, integration_id)
        integrations.enable(session, found, is_enabled=is_enabled)
    ring()
    flash(_("Switched on.") if is_enabled else _("Switched off."), "done")
    return back(integration_id)


@bp.get("/<int:integration_id>/delete")
@needs(Permission.MANAGE_CONNECTIONS)
def confirm(integration_id: int) -> str:
    """Say what goes and what stays."""
    found = connections.one(reader(), caller().workspace_id, integration_id)
    return render_template("connection_delete.html", card=shown(found))


@bp.post("/<int:integration_id>/delete")
@needs(Permission.MANAGE_CONNECTIONS)
def delete(integration_id: int) -> Response:
    """Take a connection away; its conversations stay."""
    with writing(current().engine) as session:
        found = integrations.in_workspace(session, caller().workspace_id, integration_id)
        integrations.remove(session, found)
    flash(_("The connection is deleted. Its conversations are still in the inbox."), "done")
    return redirect(url_for("connections.page"), 303)


def look(integration_id: int) -> None:
    """Ask Meta about the accounts and the token, and subscribe what is not subscribed.

    No transaction is open meanwhile.
    """
    office, workspace_id = current(), caller().workspace_id
    reader().close()
    with reading(office.engine) as session:
        found = integrations.in_workspace(session, workspace_id, integration_id)
        account_ids = [account.id for account in found.accounts]
    proof.check_accounts(office.engine, office.graph, office.keyring, integration_id)
    told = token_check.check(
        office.engine, office.graph, office.keyring, workspace_id, integration_id
    )
    if told.missing_fields:
        for account_id in account_ids:
            office.subscriptions.look(account_id)
    ring()


def ring() -> None:
    """Ring for what may go on now."""
    current().queue.ring_inbound()
    current().queue.ring_outbound()


def back(integration_id: int) -> Response:
    """Lead back to the connection's card."""
    return redirect(url_for("connections.page", _anchor=f"connection-{integration_id}"), 303)


def shown(connection: Connection) -> Card:
    """Return a connection as its admin sees it."""
    office = current()
    return card(connection, office.keyring, clock.now(), office.settings.base_url)


def is_public(address: str) -> bool:
    """Say whether Meta could reach ``address``: HTTPS, and not this machine or its network."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        is_ours = not ip_address(host).is_global
    except ValueError:
        is_ours = host == "localhost" or "." not in host or host.endswith((".local", ".internal"))
    return parts.scheme == "https" and not is_ours
