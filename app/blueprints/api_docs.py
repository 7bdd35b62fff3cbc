"""The API's document, for programs and for people."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from app.blueprints.api_routes import routes
from app.blueprints.openapi import document
from app.extensions import limiter

bp = Blueprint("api_docs", __name__, url_prefix="/api")
limiter.exempt(bp)
_KEPT = "inlet_openapi"


@dataclass(frozen=True, slots=True)
class Published:
    """The document as it is served, written once per process."""

    told: dict[str, Any]
    text: bytes
    etag: str


@bp.get("/openapi.json")
def openapi() -> Response:
    """Return the OpenAPI 3.1 document of the API; anybody may read it."""
    published = _published()
    response = Response(published.text, mimetype="application/json")
    response.set_etag(published.etag)
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


@bp.get("/docs")
def docs() -> str:
    """Show the document as a page."""
    told = _published().told
    shown = routes(told, request.host_url.rstrip("/"))
    return render_template("api_docs.html", about=told["info"], routes=list(shown))


def _published() -> Published:
    kept = current_app.extensions.get(_KEPT)
    if not isinstance(kept, Published):
        told = document(current_app)
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
        kept = Published(told, text, hashlib.sha256(text).hexdigest())
        current_app.extensions[_KEPT] = kept
    return kept
