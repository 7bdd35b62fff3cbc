"""Building the web application: the only place that wires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from app.inbox.intake import Intake
    from app.inbox.mailroom import Mailroom
    from app.inbox.receive import Doorkeeper, Refusals
    from config import Settings


@dataclass(frozen=True)
class WebhookDesk:
    """What the webhook route keeps in process memory."""

    doorkeeper: Doorkeeper
    mailroom: Mailroom
    intake: Intake
    refusals: Refusals


def build(settings: Settings) -> Flask:
    """Return the web application of one installation."""
    from app import browser, doorway, logs

    logs.configure(settings.log_level)
    app = Flask("app")
    app.config.from_mapping(_flask_configuration(settings))
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    _bind_extensions(app)
    _build_installation(app, settings)
    _register(app)
    is_https = settings.base_url.startswith("https://")
    browser.wire(app, is_https=is_https)
    doorway.open_quiet_way(app, is_https=is_https)
    doorway.open_doorway(app, is_https=is_https)
    return app


def _flask_configuration(settings: Settings) -> dict[str, object]:
    from app.models.database import engine_options

    redis = settings.redis
    return {
        "SECRET_KEY": settings.session_key,
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database),
        "SESSION_COOKIE_NAME": "inlet",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.base_url.startswith("https://"),
        "PERMANENT_SESSION_LIFETIME": timedelta(days=14),
        "MAX_CONTENT_LENGTH": 1_000_000,
        "MAX_FORM_MEMORY_SIZE": 200_000,
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_STORAGE_URI": f"redis+{redis}" if redis.startswith("unix:") else redis,
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 0.2, "socket_timeout": 0.5},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "BABEL_DEFAULT_TIMEZONE": "UTC",
    }


def _bind_extensions(app: Flask) -> None:
    from app import extensions
    from app.models.database import prepare

    extensions.db.init_app(app)
    with app.app_context():
        prepare(extensions.db.engine)
    extensions.migrate.init_app(app, extensions.db)
    # Templates ask for what they need: an error page must not ask the database who reads it.
    extensions.login_manager.init_app(app, add_context_processor=False)
    extensions.csrf.init_app(app)
    app.after_request(_keep_retry_after_for_refusals)  # comes after the limiter's, which adds it
    extensions.limiter.init_app(app)


def _keep_retry_after_for_refusals(response: Response) -> Response:
    """Take the header off what succeeded: it asks clients to come back later."""
    if response.status_code not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        response.headers.pop("Retry-After", None)
    return response


def _build_installation(app: Flask, settings: Settings) -> None:
    from app.blueprints.metrics import Held
    from app.blueprints.watch import Watch
    from app.extensions import db
    from app.inbox.intake import Intake
    from app.inbox.mailroom import Mailroom
    from app.inbox.receive import Doorkeeper, Refusals
    from app.installation import Installation

    with app.app_context():
        installation = Installation(settings, db.engine)
    mailroom = Mailroom(installation.engine)
    app.extensions["inlet"] = installation
    refusals = Refusals(installation.engine)
    watch = Watch(installation, refusals)
    app.extensions["inlet_watch"], app.extensions["inlet_metrics"] = watch, Held(watch)
    app.extensions["inlet_webhooks"] = WebhookDesk(
        Doorkeeper(mailroom.engine, installation.keyring),
        mailroom,
        Intake(mailroom, installation.spool),
        refusals,
    )


def _register(app: Flask) -> None:
    from app import cli
    from app.blueprints import (
        api_contacts,
        api_docs,
        conversations,
        converters,
        deliveries,
        events,
        health,
        integrations,
        metrics,
        problems,
        social,
        webhooks,
    )

    cli.register(app)
    converters.register(app)
    problems.register(app)
    app.register_blueprint(webhooks.bp)
    app.register_blueprint(health.bp)
    app.register_blueprint(metrics.bp)
    app.register_blueprint(conversations.bp)
    app.register_blueprint(deliveries.bp)
    app.register_blueprint(api_contacts.bp)
    app.register_blueprint(events.bp)
    app.register_blueprint(integrations.bp)
    app.register_blueprint(social.bp)
    app.register_blueprint(api_docs.bp)
