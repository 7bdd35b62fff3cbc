"""Each explanation of an error leads to a part that repeats its sentence and its codes."""

from __future__ import annotations

import re

import pytest

from app.channels import explain, explain_token
from app.channels.explain import OTHER, Explanation
from tests.docs.markdown import ROOT, anchors

PAGE = "troubleshooting.md"
TEXT = (ROOT / "docs" / PAGE).read_text()
NAMED = {
    name: one
    for module in (explain, explain_token)
    for name, one in vars(module).items()
    if isinstance(one, Explanation) and one.page.startswith(f"{PAGE}#") and one is not OTHER
}


def part(anchor: str) -> str:
    """The text under the heading with ``anchor``."""
    parts = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    found = {one.partition("\n")[0].lower().replace(" ", "-"): one for one in parts}
    return found[anchor]


def row_for(anchor: str) -> str:
    """The codes that the table at the beginning names for a part."""
    rows = re.findall(rf"^\| (\d[^|]+) \| \[[^]]+\]\(#{anchor}\) \|$", TEXT, re.MULTILINE)
    return " ".join(rows)


@pytest.mark.parametrize("one", NAMED.values(), ids=NAMED)
def test_the_part_quotes_the_sentence(one: Explanation) -> None:
    assert one.sentence in part(one.page.partition("#")[2])


@pytest.mark.parametrize("pair", explain.TABLE, ids=str)
def test_the_table_of_codes_leads_to_the_part(pair: tuple[int, int | None]) -> None:
    one = explain.TABLE[pair]
    code, subcode = pair
    anchor = one.page.partition("#")[2]
    numbers = re.findall(r"\d+", row_for(anchor) + part(anchor))

    assert str(code) in numbers
    assert subcode is None or str(subcode) in numbers


def test_explanations_are_found() -> None:
    assert {"NO_CAPABILITY", "INVALID_TOKEN", "USER_NOT_FOUND"} <= NAMED.keys()
    assert {one.page.partition("#")[2] for one in NAMED.values()} <= anchors(ROOT / "docs" / PAGE)
