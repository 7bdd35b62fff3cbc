"""Every text that people read reaches the translators."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from app.extraction import extract
from tests.docs.markdown import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the command in docs/contributing.md extracts."""
    target: Path = tmp_path_factory.mktemp("texts") / "messages.pot"
    command = ["babel.messages.frontend", "--quiet", "extract", "-F", "babel.cfg", "-o"]
    subprocess.run([sys.executable, "-m", *command, str(target), "."], cwd=ROOT, check=True)
    with target.open("rb") as file:
        return {str(one.id) for one in read_po(file) if one.id}


@pytest.mark.parametrize(
    "text",
    [
        "This account is connected to another workspace.",
        "Its integration is disabled or was removed, so nothing can be sent.",
        "Reload the conversation to see where it stands.",
        "This token is a person's, not the Page's.",
        "Meta is slowing this account down.",
        "Press Retry in an hour.",
        "Held until the account is connected again",
        "Meta's answer says so.",
        "Copy text",
    ],
    ids=[
        "what is wrong",
        "why",
        "what to do",
        "of a check",
        "of the table of errors",
        "of a failure",
        "marked for later",
        "translated at once",
        "of a template",
    ],
)
def test_a_text_is_in_the_catalogue(catalogue: set[str], text: str) -> None:
    assert text in catalogue


def texts(source: str, tmp_path: Path) -> set[object]:
    path = tmp_path / "source.py"
    path.write_text(source, encoding="utf-8")
    with path.open("rb") as file:
        return {found[2] for found in extract(file, {"_": None}, [], {})}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Trouble(message='A', explanation='B', next_step='C', page='d.md')", {"A", "B", "C"}),
        ("errors.Trouble('A', 'B' 'b', 'C', 'd.md')", {"A", "Bb", "C"}),
        ("Trouble(message='A' if x else 'B', explanation=f'{x}', next_step=y)", {"A", "B"}),
        ("Explanation('A', 'B', 'C', 'd.md')", {"A", "B", "C"}),
        ("Other('A'); _('B')", {"B"}),
    ],
)
def test_the_texts_of_a_trouble_are_found(source: str, found: set[object], tmp_path: Path) -> None:
    assert texts(source, tmp_path) == found
