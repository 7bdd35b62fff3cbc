"""What no document may hold: the paths of somebody's machine, and promises of work to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import name_of, pages

if TYPE_CHECKING:
    from pathlib import Path

FORBIDDEN = re.compile(
    r"(?<![\w.:])/(?:root|home|tmp|work|Users)\b"  # somebody's machine
    r"|\bT(?:ODO|BD)\b|\bFIX"
    r"ME\b|lorem ipsum",
    re.IGNORECASE,
)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_no_page_has_them(page: Path) -> None:
    assert [match[0] for match in FORBIDDEN.finditer(page.read_text())] == []


@pytest.mark.parametrize("folder", ["root", "home", "work"])
def test_a_path_of_a_machine_is_noticed(folder: str) -> None:
    assert FORBIDDEN.search(f"see /{folder}/inlet")
    assert not FORBIDDEN.search(f"see https://example.com/{folder}")
