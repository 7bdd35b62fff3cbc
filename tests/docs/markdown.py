"""The project's Markdown, read as a reader's browser reads it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("docs", "simulator", "benchmarks")

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:src|srcset|href)=\"([^\"]+)\"")


def pages() -> list[Path]:
    """Every Markdown file of the project."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *found])


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, made as GitHub makes them."""
    prose = _FENCED.sub("", page.read_text())
    return {_slug(heading) for heading in _HEADING.findall(prose)}


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures."""
    prose = _INLINE.sub("", _FENCED.sub("", page.read_text()))
    return [one or other for one, other in _LINK.findall(prose)]


def code(page: Path) -> list[str]:
    """What a page shows as code, line by line."""
    text = page.read_text()
    blocks = "\n".join(_FENCED.findall(text)).splitlines()
    return [*blocks, *_INLINE.findall(_FENCED.sub("", text))]


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
