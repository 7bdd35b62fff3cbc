"""Each error of Meta's has a part in the documentation that repeats its sentence."""

from __future__ import annotations

import re

import pytest

from app.channels import explain_token, meanings
from app.channels.explain import Explanation
from tests.docs import error_page
from tests.docs.markdown import ROOT, anchors

TROUBLE = "troubleshooting.md"
TEXT = (ROOT / "docs" / TROUBLE).read_text()
MEANINGS = meanings.load().root
CHECKS = {name: one for name, one in vars(explain_token).items() if isinstance(one, Explanation)}


def part(anchor: str) -> str:
    """The text under the heading with ``anchor``."""
    parts = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    found = {one.partition("\n")[0].lower().replace(" ", "-"): one for one in parts}
    return found[anchor]


def quoted() -> list[tuple[str, str]]:
    """Every sentence that leads to a part of the page on troubles, with the part's anchor."""
    told = [(one.page, one.what) for one in MEANINGS.values()]
    told += [(one.page, one.sentence) for one in CHECKS.values()]
    split = [(*page.split("#"), sentence) for page, sentence in told]
    return [(anchor, sentence) for page, anchor, sentence in split if page == TROUBLE]


def test_the_page_of_errors_is_written_anew_when_the_table_changed() -> None:
    stale = "run: python -m tests.docs.error_page"
    assert error_page.PAGE.read_text(encoding="utf-8") == error_page.page(), stale


@pytest.mark.parametrize("one", MEANINGS.values(), ids=MEANINGS)
def test_every_meaning_leads_to_a_part_that_exists(one: meanings.Meaning) -> None:
    page, anchor = one.page.split("#")
    assert one.name in anchors(error_page.PAGE)
    assert anchor in anchors(ROOT / "docs" / page)


@pytest.mark.parametrize(("anchor", "sentence"), quoted())
def test_the_part_quotes_the_sentence(anchor: str, sentence: str) -> None:
    assert sentence in part(anchor)


def test_the_three_errors_that_everybody_meets_have_parts_by_hand() -> None:
    assert {"no-capability", "invalid-access-token", "user-not-found"} <= {
        anchor for anchor, _ in quoted()
    }
