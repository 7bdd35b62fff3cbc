"""Everything a browser gets, wired: pages, fragments, static files, headers, languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import compression, htmx, locale, security, static_files
from app.blueprints import (
    auth,
    connection_forms,
    connection_trial,
    connections,
    contacts,
    errors,
    event_log,
    filters,
    fragments,
    health_page,
    inbox,
    manual,
    media,
    settings,
    thread,
)
from app.extensions import babel

if TYPE_CHECKING:
    from flask import Flask


def wire(app: Flask, *, is_https: bool) -> None:
    """Add the browser's side to ``app``; ``is_https`` says that people come over HTTPS."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    htmx.init_app(app)
    locale.init_app(app, babel)
    compression.init_app(app)
    static_files.init_app(app)
    security.init_app(app, is_https=is_https)
    errors.register(app)
    filters.register(app)
    settings.register(app)
    for blueprint in (connections.bp, connection_forms.bp, connection_trial.bp, health_page.bp):
        app.register_blueprint(blueprint)
    for blueprint in (contacts.bp, media.bp, event_log.bp):
        app.register_blueprint(blueprint)
    for blueprint in (auth.bp, inbox.bp, thread.bp, fragments.bp, manual.bp):
        app.register_blueprint(blueprint)
