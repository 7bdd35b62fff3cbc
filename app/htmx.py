"""The one door to htmx-flask, which tells requests of htmx apart and answers them.

Its check of ``reswap`` is faulty and it sets no ``Vary``: neither is needed here.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request
from htmx_flask import Htmx, make_response


def init_app(app: Flask) -> None:
    """Let ``app`` read htmx's request headers."""
    Htmx(app)


def open_page(url: str, status: int) -> Response:
    """Return an empty answer that makes htmx leave the page for ``url``."""
    answer: Response = make_response("", status, redirect=url)
    return answer


def current_path() -> str:
    """Return path and query of the page that htmx runs on; "" where htmx did not say."""
    shown = urlsplit(request.htmx.current_url or "")  # type: ignore[attr-defined]
    return f"{shown.path}?{shown.query}" if shown.query else shown.path
