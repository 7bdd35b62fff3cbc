"""The pages of docs/ as HTML: the same Markdown that GitHub and MkDocs show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_PAGE = re.compile(r"\.md(?=#|$)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page: 1 to 6, its anchor, its words."""

    level: int
    anchor: str
    words: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page as shown. ``parts`` are its headings of the second level."""

    title: str
    parts: tuple[Heading, ...]
    html: Markup


_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def load(path: Path) -> Page:
    """Return the page in ``path``, rendered anew only when the file changed."""
    return _render(path, path.stat().st_mtime_ns)


def render(text: str) -> Page:
    """Return Markdown as a page.

    HTML in it is shown as text. Links to other pages lose their ``.md``, so that they lead from
    one page of the product to the other.
    """
    tokens = _MARKDOWN.parse(text)
    headings = list(_headings(tokens))
    for token in tokens:
        for link in (one for one in token.children or () if one.type == "link_open"):
            _lead(link)
    html = _MARKDOWN.renderer.render(list(_scrolling(tokens)), _MARKDOWN.options, {})
    return Page(
        title=next((one.words for one in headings if one.level == 1), ""),
        parts=tuple(one for one in headings if one.level == 2),  # noqa: PLR2004
        html=Markup(html),  # noqa: S704 - markdown-it escapes, and its HTML is switched off
    )


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@lru_cache(maxsize=64)
def _render(path: Path, _changed: int) -> Page:
    return render(path.read_text(encoding="utf-8"))


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    """Give each heading its anchor, and yield it."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = "".join(part.content for part in inline.children or ())
            anchor = anchor_of(words)
            opening.attrSet("id", anchor)
            yield Heading(int(opening.tag[1:]), anchor, words)


def _lead(link: Token) -> None:
    """Have a link lead to the page in the product, and out of it without telling from where."""
    target = str(link.attrGet("href"))
    if "://" in target:
        link.attrSet("rel", "noopener noreferrer")
    else:
        link.attrSet("href", _PAGE.sub("", target))


def _scrolling(tokens: list[Token]) -> Iterator[Token]:
    """Put tables and code into boxes that scroll, also with the keyboard."""
    for token in tokens:
        if token.type in ("table_open", "fence"):
            yield Token("html_block", "", 0, content='<div class="scrolls" tabindex="0">')
        yield token
        if token.type in ("table_close", "fence"):
            yield Token("html_block", "", 0, content="</div>\n")
