"""The pages of docs/ inside the product, so that every explanation can lead to more."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from app.present.manual import load

bp = Blueprint("manual", __name__)

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
KEEP = 3600  # seconds


@bp.get("/help/")
def contents() -> WerkzeugResponse:
    """Lead to the first page."""
    return redirect(url_for("manual.page", name="index"))


@bp.get("/help/<path:name>")
def page(name: str) -> str:
    """Show a page of docs/; ``name`` is its path without ``.md``."""
    found = _files(".md").get(f"{name}.md")
    if found is None:
        abort(404)
    return render_template("manual.html", page=load(found), is_first=name == "index")


@bp.get("/help/<path:name>.<any(svg, png, webp):kind>")
def picture(name: str, kind: str) -> Response:
    """Send a picture of docs/."""
    found = _files(f".{kind}").get(f"{name}.{kind}")
    if found is None:
        abort(404)
    return send_file(found, mimetype=PICTURES[f".{kind}"], max_age=KEEP)


def _files(suffix: str) -> dict[str, Path]:
    """Return the files of docs/ with ``suffix`` by their path in there: only these are served."""
    return {path.relative_to(DOCS).as_posix(): path for path in DOCS.rglob(f"*{suffix}")}
