"""The short ways: bare applications in front of the one that people use.

Sessions, logins, languages and rate limits are none of Meta's business, and together they cost
three times what receiving a webhook does. Polls need to know who asks, but little else as long
as nothing is new.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app import compression, security
from app.blueprints import converters, fragments, problems, quiet, webhooks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Response
    from flask.sessions import SessionMixin
    from itsdangerous import URLSafeTimedSerializer

TAG = "HTTP_HX_PTAG"


def open_doorway(app: Flask, *, is_https: bool) -> None:
    """Lead webhooks past everything else in ``app``, whose installation they share."""
    bare = _bare(app, is_https=is_https)
    problems.register(bare)
    bare.register_blueprint(webhooks.bp)
    paths = {f"{webhooks.bp.url_prefix}/{endpoint}" for endpoint in webhooks.ENDPOINTS}
    inside = app.wsgi_app

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        way = bare.wsgi_app if environ["PATH_INFO"] in paths else inside
        return way(environ, start_response)

    app.wsgi_app = choose  # type: ignore[method-assign]


def open_quiet_way(app: Flask, *, is_https: bool) -> None:
    """Answer polls that find nothing new before ``app``; it gets all others, as they came."""
    bare = _bare(app, is_https=is_https)
    bare.config = app.config
    bare.session_interface = _Glance()
    compression.init_app(bare)
    converters.register(bare)
    bare.after_request(fragments.do_not_keep)
    bare.register_blueprint(quiet.bp)
    inside = app.wsgi_app

    def ask(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = _quiet_answer(bare, environ) if TAG in environ else None
        return (answer or inside)(environ, start_response)

    app.wsgi_app = ask  # type: ignore[method-assign]


class _Glance(SecureCookieSessionInterface):
    """Opens sessions and leaves them as they are.

    A session stays alive all the same: a tag holds for a minute, then the poll goes inside.
    """

    _serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what reads the cookie; Flask builds it anew each time it is asked."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def save_session(
        self,
        app: Flask,  # noqa: ARG002 - Flask's signature
        session: SessionMixin,  # noqa: ARG002
        response: Response,
    ) -> None:
        """Write no cookie; say that the answer depends on one, as Flask does here."""
        response.vary.add("Cookie")


def _quiet_answer(bare: Flask, environ: WSGIEnvironment) -> WSGIApplication | None:
    """Return the answer "nothing new"; None for all else, a failure of the database included."""
    with bare.request_context(environ):
        try:
            answer = bare.dispatch_request()
        except (HTTPException, SQLAlchemyError):
            return None
        return bare.process_response(bare.make_response(answer))


def _bare(app: Flask, *, is_https: bool) -> Flask:
    bare = Flask("app.doorway", static_folder=None)
    bare.extensions = app.extensions
    security.init_app(bare, is_https=is_https)
    return bare
