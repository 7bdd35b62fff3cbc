"""The pages of docs/, so that every explanation can lead to more."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from flask import Blueprint, abort, render_template

bp = Blueprint("manual", __name__)

DOCS = Path(__file__).resolve().parents[2] / "docs"
_HEADING = re.compile(r"#{1,6} +(.+)")


@dataclass(frozen=True)
class Section:
    """A part of a page: its heading with the anchor, and the lines under it."""

    anchor: str
    heading: str
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the lines, without empty ones at either end."""
        return "\n".join(self.lines).strip("\n")


@bp.get("/help/<name>")
def page(name: str) -> str:
    """Show a page of docs/ as it is written, its headings as such."""
    known = {path.stem: path for path in DOCS.glob("*.md")}
    if name not in known:
        abort(404)
    return render_template("manual.html", sections=split(known[name].read_text()))


def split(text: str) -> list[Section]:
    """Return the parts of a page; what stands before the first heading is left out.

    A # in a block of code is no heading. Anchors are made as GitHub makes them.
    """
    found: list[Section] = []
    is_code = False
    for line in text.splitlines():
        heading = None if is_code else _HEADING.match(line)
        if line.startswith("```"):
            is_code = not is_code
        elif heading:
            found.append(Section(anchor_of(heading[1]), heading[1].replace("`", "")))
        elif found:
            found[-1].lines.append(line)
    return found


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
