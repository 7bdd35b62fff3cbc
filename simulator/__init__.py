"""Plays Meta for Inlet: the customers' phones, the Graph API and the webhooks."""

from flask import Flask, Response

from simulator import guard
from simulator.blueprints import (
    cdn,
    control,
    control_lively,
    control_webhooks,
    graph,
    phone,
    switchboard,
)
from simulator.config import Settings
from simulator.lively import Lively
from simulator.world import World

BODY_LIMIT = 32 * 1024 * 1024
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def create_app(settings: Settings) -> Flask:
    """The simulator, its webhook engine running. `app.extensions["simulator"]` is its World."""
    app = Flask(__name__)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.config["BUTTONS_FOR_ALL"] = settings.buttons_for_all
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    world = World(settings)
    app.extensions["simulator"], app.extensions["lively"] = world, Lively(world)
    _register(app)
    app.before_request(guard.refuse_strangers)
    app.after_request(_protect)
    world.engine.start()
    return app


def _register(app: Flask) -> None:
    """The Graph API answers under both of Meta's hosts, each with its kind of token."""
    hosts = (("facebook", "/graph.facebook.com"), ("instagram", "/graph.instagram.com"))
    for login, prefix in hosts:
        app.register_blueprint(
            graph.bp, name=f"graph_{login}", url_prefix=prefix, url_defaults={"login": login}
        )
    for bp in (control.bp, control_webhooks.bp, control_lively.bp):
        app.register_blueprint(bp)
    for bp in (phone.bp, switchboard.bp, cdn.bp):
        app.register_blueprint(bp)


def _protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
