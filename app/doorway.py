"""The short ways: bare applications in front of the one that people use.

Sessions, logins, languages and rate limits are none of Meta's business, and together they cost
three times what receiving a webhook does. Polls need to know who asks, but little else as long
as nothing is new.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app import compression, security
from app.blueprints import converters, fragments, problems, quiet, webhooks
from app.blueprints.tags import TAG_HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Request
    from flask.sessions import SecureCookieSession, SessionMixin

TAG = "HTTP_HX_PTAG"
COOKIES = 1_000
"""How many session cookies are known by heart."""
LONGEST_COOKIE = 4096
"""Bytes; browsers keep none that is longer. Source: RFC 6265, section 6.1."""
KNOWN_SECONDS = 60
"""How long a session cookie that was once verified is not verified again."""


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
    bare.session_interface = _Glance(app)
    compression.init_app(bare)
    converters.register(bare)
    bare.after_request(fragments.do_not_keep)
    bare.register_blueprint(quiet.bp)
    inside = app.wsgi_app

    answer = _quiet_answers(bare)

    def ask(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = answer(environ) if TAG in environ else None
        if headers is None:
            return inside(environ, start_response)
        start_response("304 NOT MODIFIED", headers)
        return ()

    app.wsgi_app = ask  # type: ignore[method-assign]


class _Glance(SecureCookieSessionInterface):
    """Opens sessions and leaves them as they are.

    A session stays alive all the same: a tag holds for a minute, then the poll goes inside.
    """

    def __init__(self, app: Flask) -> None:
        """Read the cookies of ``app``."""
        super().__init__()
        serializer = self.get_signing_serializer(app)
        lifetime = int(app.permanent_session_lifetime.total_seconds())

        @lru_cache(COOKIES)
        def read(cookie: str, _period: int) -> dict[str, Any]:
            if serializer is None or not cookie:
                return {}
            try:
                return dict(serializer.loads(cookie, max_age=lifetime))
            except BadSignature:
                return {}

        self._read = read

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return what the cookie holds, nothing where it is not signed or too old."""
        cookie = request.cookies.get(self.get_cookie_name(app), "")[:LONGEST_COOKIE]
        return self.session_class(self._read(cookie, int(time.time() // KNOWN_SECONDS)))

    def save_session(
        self,
        app: Flask,  # noqa: ARG002 - Flask's signature
        session: SessionMixin,  # noqa: ARG002
        response: Response,
    ) -> None:
        """Write no cookie; say that the answer depends on one, as Flask does here."""
        response.vary.add("Cookie")


def _quiet_answers(bare: Flask) -> Callable[[WSGIEnvironment], list[tuple[str, str]] | None]:
    """Return what gives the headers of "nothing new", or None for all else.

    All else is a failure of the database too. But for their tag all of these answers are the
    same, so what goes with it is put together once.
    """
    with bare.test_request_context():
        usual = bare.process_response(Response(status=304)).get_wsgi_headers({})

    def answer(environ: WSGIEnvironment) -> list[tuple[str, str]] | None:
        with bare.request_context(environ):
            try:
                tag = bare.dispatch_request()
            except (HTTPException, SQLAlchemyError):
                return None
        return [*usual, (TAG_HEADER, str(tag))]

    return answer


def _bare(app: Flask, *, is_https: bool) -> Flask:
    bare = Flask("app.doorway", static_folder=None)
    bare.extensions = app.extensions
    security.init_app(bare, is_https=is_https)
    return bare
