"""How the workspace does, and for the operator how the installation does."""

from __future__ import annotations

import platform
import shutil
from dataclasses import replace
from importlib import metadata

from flask import Blueprint, render_template, url_for

from app import clock
from app.blueprints import watch
from app.blueprints.access import caller, needs
from app.blueprints.event_filters import INSTALLATION
from app.extensions import reader
from app.inbox import beats, ledger, vitals
from app.inbox.alerts import REFUSALS
from app.inbox.permissions import Permission
from app.installation import current
from app.locale import gettext as _
from app.models.states import Outcome
from app.present import connection_gaps, health
from app.present.signs import Line, worst
from app.version import VERSION

bp = Blueprint("health_page", __name__, url_prefix="/settings/health")


@bp.get("")
@needs(Permission.SEE_HEALTH)
def page() -> str:
    """Show each vital sign, what it means and what to do."""
    found = caller()
    alerts = watch.lines(found)
    workspace = _workspace(found.workspace_id)
    installation = _installation() if found.is_operator else []
    return render_template(
        "health.html",
        alerts=alerts,
        workspace=workspace,
        installation=installation,
        versions=_versions() if found.is_operator else [],
        sign=worst([*alerts, *workspace, *installation]),
        now=clock.now(),
    )


def _workspace(workspace_id: int) -> list[Line]:
    session, now = reader(), clock.now()
    outcomes = vitals.outcomes(session, workspace_id)
    stuck = next((one for one in (Outcome.FAILED, Outcome.PARKED) if one in outcomes), None)
    events = url_for("event_log.page", outcome=stuck)
    return [
        health.items(vitals.open_items(session, workspace_id), now),
        health.sends(vitals.unsent(session, workspace_id), now),
        replace(health.outcomes(outcomes), url=events),
        health.unroutable(vitals.unroutable(session, workspace_id)),
        *connection_gaps.account_lines(ledger.accounts(session, workspace_id), now),
    ]


def _installation() -> list[Line]:
    session, now, office = reader(), clock.now(), current()
    nobodys = url_for("event_log.page", scope=INSTALLATION, outcome=Outcome.UNROUTABLE)
    disk = shutil.disk_usage(office.settings.home)
    return [
        health.bodies(vitals.unprocessed_bodies(session), now),
        health.items(vitals.open_items(session, None), now),
        health.sends(vitals.unsent(session, None), now),
        health.outcomes(vitals.outcomes(session, None)),
        replace(health.unroutable(vitals.unroutable(session, None)), url=nobodys),
        health.refused(vitals.refusals(session), watch.told_of(REFUSALS)),
        health.process(beats.alive(session, "worker")),
        health.process(beats.alive(session, "sweep")),
        health.redis(office.queue.waiting()),
        health.spool(office.spool.state(), now),
        health.disk(disk.free, disk.total),
    ]


def _versions() -> list[tuple[str, str]]:
    found = vitals.database(reader())
    return [
        ("Inlet", VERSION),
        (_("Database"), f"{found.kind} {found.version}, {health.size(found.size)}"),
        (_("Schema"), found.revision),
        ("Redis", current().queue.version() or _("away")),
        ("Python", platform.python_version()),
        (_("Web server"), f"granian {metadata.version('granian')}"),
    ]
