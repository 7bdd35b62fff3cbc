"""The pages of docs/ that explanations lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.blueprints.manual import DOCS, anchor_of, split
from tests.docs.markdown import anchors

if TYPE_CHECKING:
    from tests.inbox_pages.visitor import Visitor

PAGES = sorted(DOCS.glob("*.md"), key=lambda path: path.name)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_anchor_of_a_page_is_there(path: str) -> None:
    page = DOCS / path

    assert {section.anchor for section in split(page.read_text())} == anchors(page)


def test_a_hash_in_code_is_no_heading() -> None:
    [only] = split("# Title\n\n```sh\n# a comment\n```\n")

    assert (only.heading, only.text) == ("Title", "# a comment")


def test_anchors_are_githubs() -> None:
    assert anchor_of("What if it's too long? (`422`)") == "what-if-its-too-long-422"


def test_a_page_is_shown(agent: Visitor) -> None:
    shown = agent.get("/help/troubleshooting").text

    assert '<h2 id="no-capability">' in shown
