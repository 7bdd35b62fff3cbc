"""The pages of docs/ that explanations lead to."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from app.blueprints.manual import DOCS
from app.present.manual import anchor_of, load, render
from tests.docs.markdown import anchors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.inbox_pages.visitor import Visitor

PAGES = sorted(DOCS.rglob("*.md"))
TARGET = re.compile(r"\b(?:src|href)=\"([^\"]+)\"")


def path_of(page: Path) -> str:
    return page.relative_to(DOCS).with_suffix("").as_posix()


def status(visitor: Visitor, target: str) -> int:
    with visitor.get(target) as answer:
        return answer.status_code


@pytest.mark.parametrize("path", PAGES, ids=path_of)
def test_every_anchor_of_a_page_is_there(path: Path) -> None:
    assert set(re.findall(r"<h\d id=\"([^\"]+)\"", load(path).html)) == anchors(path)


@pytest.mark.parametrize("path", PAGES, ids=path_of)
def test_links_and_pictures_of_a_page_are_served(agent: Visitor, path: Path) -> None:
    address = f"/help/{path_of(path)}"
    targets = {urljoin(address, one.partition("#")[0]) for one in TARGET.findall(load(path).html)}
    ours = {target for target in targets if "://" not in target}

    assert {target for target in ours if status(agent, target) != 200} == set()


def test_a_hash_in_code_is_no_heading() -> None:
    page = render("# Title\n\n## Part\n\n```sh\n# a comment\n```\n")

    assert (page.title, [part.words for part in page.parts]) == ("Title", ["Part"])
    assert "# a comment" in page.html


def test_anchors_are_githubs() -> None:
    assert anchor_of("What if it's too long? (`422`)") == "what-if-its-too-long-422"


def test_html_and_scripts_of_a_page_are_text() -> None:
    shown = render("<script>alert(1)</script>\n\n[click](javascript:alert(1)) <b onclick=x>b</b>")

    assert "<script" not in shown.html
    assert "<b" not in shown.html
    assert "href" not in shown.html


def test_links_lead_to_pages_of_the_product_and_tell_nobody_else() -> None:
    shown = render("[a](people.md#roles) [b](decisions/README.md) [c](https://example.com/x.md)")

    assert 'href="people#roles"' in shown.html
    assert 'href="decisions/README"' in shown.html
    assert 'href="https://example.com/x.md" rel="noopener noreferrer"' in shown.html


def test_tables_and_code_scroll_with_the_keyboard() -> None:
    shown = render("| a |\n|---|\n| b |\n\n```\ncode\n```\n")

    assert shown.html.count('<div class="scrolls" tabindex="0">') == 2
    assert shown.html.count("</div>") == 2


def test_a_changed_file_is_rendered_anew(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Before")
    assert load(page).title == "Before"

    page.write_text("# After")
    touched = page.stat().st_mtime_ns + 1_000_000_000
    os.utime(page, ns=(touched, touched))

    assert load(page).title == "After"


def test_a_page_is_shown_with_what_is_on_it(agent: Visitor) -> None:
    shown = agent.get("/help/troubleshooting").text

    assert '<h2 id="no-capability">' in shown
    assert '<a href="#no-capability">' in shown
    assert '<article class="prose" lang="en"' in shown


def test_help_begins_with_the_first_page(agent: Visitor) -> None:
    assert agent.get("/help/").location == "/help/index"


@pytest.mark.parametrize(
    "path", ["nothing", "../README", "../app/static/icon.svg", "images/nothing.png", "people.md"]
)
def test_nothing_but_docs_is_served(agent: Visitor, path: str) -> None:
    assert agent.get(f"/help/{path}").status_code == 404
