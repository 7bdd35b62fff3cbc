"""Every link inside the documents leads somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import ROOT, anchors, links, name_of, pages

if TYPE_CHECKING:
    from pathlib import Path


def test_the_documents_are_found() -> None:
    found = {name_of(page) for page in pages()}
    assert {"README.md", "CHANGELOG.md", "docs/architecture.md", "simulator/README.md"} <= found


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not leads_somewhere(page, link)] == []


def test_every_record_of_a_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(links(folder / "README.md"))
    assert {record.name for record in folder.glob("0*.md")} == listed


def leads_somewhere(page: Path, link: str) -> bool:
    if link.startswith("https://"):
        return True
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target))
