"""Static files: named by their content, so that browsers keep them for good, and compressed."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

KEEP = "public, max-age=31536000, immutable"
COMPRESSIBLE = frozenset({"text/css", "text/javascript", "image/svg+xml"})


def init_app(app: Flask) -> None:
    """Add ``v``, a fingerprint of the content, to static URLs and answer them accordingly."""
    folder = Path(app.static_folder or "")

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["v"] = _fingerprint(*_state(folder / values["filename"]))

    @app.after_request
    def keep_and_compress(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code != 200:  # noqa: PLR2004
            return response
        state = _state(folder / (request.view_args or {})["filename"])
        is_current = request.args.get("v") == _fingerprint(*state)
        response.headers["Cache-Control"] = KEEP if is_current else "no-cache"
        if response.mimetype in COMPRESSIBLE:
            _compress(response, state)
        return response


def _compress(response: Response, state: tuple[Path, int]) -> None:
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip"):
        response.close()  # the file as it is
        response.direct_passthrough = False
        response.set_data(_gzipped(*state))
        response.content_encoding = "gzip"


def _state(path: Path) -> tuple[Path, int]:
    return path, path.stat().st_mtime_ns


@lru_cache(maxsize=64)
def _fingerprint(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=64)
def _gzipped(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)
