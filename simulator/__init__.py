"""Plays Meta for Inlet: the customers' phones, the Graph API and the webhooks."""

from flask import Flask, Response, abort, request

from simulator.blueprints import control, control_webhooks, graph, phone
from simulator.config import Settings
from simulator.world import World

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def create_app(settings: Settings) -> Flask:
    """The simulator, its webhook engine running. `app.extensions["simulator"]` is its World."""
    app = Flask(__name__)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    world = World(settings)
    app.extensions["simulator"] = world
    _register(app)
    app.before_request(_refuse_other_sites)
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
    app.register_blueprint(control.bp)
    app.register_blueprint(control_webhooks.bp)
    app.register_blueprint(phone.bp)


def _refuse_other_sites() -> None:
    """No other web page in the same browser may press our buttons."""
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def _protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response
