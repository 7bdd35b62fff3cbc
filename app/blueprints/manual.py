"""The pages of docs/, so that every explanation can lead to more."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, abort, render_template

bp = Blueprint("manual", __name__)

DOCS = Path(__file__).resolve().parents[2] / "docs"
_HEADING = re.compile(r"^(#{1,4}) +(.+)$", re.MULTILINE)


@bp.get("/help/<name>")
def page(name: str) -> str:
    """Show a page of docs/ as it is written, its headings as such."""
    known = {path.stem: path for path in DOCS.glob("*.md")}
    if name not in known:
        abort(404)
    sections = split(known[name].read_text())
    return render_template("manual.html", sections=sections, title=sections[0][1])


def split(text: str) -> list[tuple[str, str, str]]:
    """Return (anchor, heading, text) of every part; text before the first heading is left out.

    Anchors are made as GitHub makes them.
    """
    _before, *parts = _HEADING.split(text)
    return [
        (anchor_of(heading), heading.strip("` "), body.strip("\n"))
        for _level, heading, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ] or [("", "", text)]


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
