"""Is it alive, is it ready."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.extensions import db, limiter
from app.installation import current

bp = Blueprint("health", __name__)
limiter.exempt(bp)
log = structlog.get_logger()


@bp.get("/healthz")
def healthz() -> Response:
    """Say that the process is alive."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether the database answers and is migrated; Redis is reported, not required.

    Who is ready knows the webhooks' secrets, and can check them while the database is away.
    """
    try:
        db.session.execute(text("SELECT version_num FROM alembic_version")).one()
    except DBAPIError as problem:
        log.warning("not_ready", error=type(problem.orig).__name__)
        return jsonify(status="unavailable", database="away or not migrated"), 503
    current_app.extensions["inlet_webhooks"].doorkeeper.make_ready()
    redis = "ok" if current().queue.is_reachable() else "away"
    return jsonify(status="ok", database="ok", redis=redis), 200
