"""The site of docs/: every page has its place, and reads the same in all three places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from mkdocs.config import load_config

from tests.docs.markdown import ROOT, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`[^`\n]+`")
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_MISSPELT = re.compile(
    r"\b(?:[Gg]ithub|Whatsapp|Whats App|Postgres|Postgresql|PostGreSQL|Sqlite|SQLlite|Htmx|Mkdocs"
    r"|instagram direct|facebook(?!\.com)|Facebook page|App review)\b"
)


def prose(page: Path) -> str:
    return _INLINE.sub("", _FENCED.sub("", page.read_text()))


def listed(entries: list[Any]) -> Iterator[str]:
    """The pages that a part of mkdocs.yml's ``nav`` names."""
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from listed(value) if isinstance(value, list) else [value]


def test_every_page_has_its_place_in_the_navigation() -> None:
    nav = load_config(str(ROOT / "mkdocs.yml")).nav
    assert nav is not None

    found = list(listed(nav))
    assert sorted(found) == [page.relative_to(DOCS).as_posix() for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_begins_with_its_title(page: Path) -> None:
    assert page.read_text().startswith("# ")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_headings_of_a_page_differ(page: Path) -> None:
    headings = [one.lower() for one in _HEADING.findall(_FENCED.sub("", page.read_text()))]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_holds_no_html(page: Path) -> None:
    assert re.findall(r"</?[a-z][^>\n]*>", prose(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_stay_within_the_pages(page: Path) -> None:
    """What lies outside docs/ is neither on the site nor under /help."""
    targets = re.findall(r"\]\(([^)#\s]+)", prose(page))
    outside = [
        one
        for one in targets
        if "://" not in one and not (page.parent / one).resolve().is_relative_to(DOCS)
    ]
    assert outside == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_names_of_products_are_spelt_alike(page: Path) -> None:
    words = re.sub(r"\]\([^)]+\)", "", prose(page))
    assert _MISSPELT.findall(words) == []


@pytest.mark.parametrize("word", ["Whatsapp", "Github", "Postgres", "Sqlite"])
def test_a_misspelt_name_is_noticed(word: str) -> None:
    assert _MISSPELT.search(f"as {word} does")
