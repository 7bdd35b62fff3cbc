"""The short way for webhooks: a bare application in front of the one that people use.

Sessions, logins, languages and rate limits are none of Meta's business, and together they cost
three times what receiving a webhook does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from app import security
from app.blueprints import problems, webhooks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def open_doorway(app: Flask, *, is_https: bool) -> None:
    """Lead webhooks past everything else in ``app``, whose installation they share."""
    bare = Flask("app.doorway", static_folder=None)
    bare.extensions = app.extensions
    security.init_app(bare, is_https=is_https)
    problems.register(bare)
    bare.register_blueprint(webhooks.bp)
    paths = {f"{webhooks.bp.url_prefix}/{endpoint}" for endpoint in webhooks.ENDPOINTS}
    inside = app.wsgi_app

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        way = bare.wsgi_app if environ["PATH_INFO"] in paths else inside
        return way(environ, start_response)

    app.wsgi_app = choose  # type: ignore[method-assign]
