"""Every text that people read reaches the translators."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from app import locale
from app.extraction import TEXTS, extract
from app.inbox.errors import Filled
from app.locale import translated
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
        "The note is too long: %(length)s of %(most)s characters.",
        "This message cannot be sent again: it is %(status)s.",
        "The message is too long: %(length)s of %(most)s bytes.",
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
        "with values in it",
        "with values in one of several",
        "one of two with values",
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
        ("Trouble(Filled('A %(b)s', b=c), 'B' if x else Filled('C'))", {"A %(b)s", "B", "C"}),
        ("Other('A'); _('B')", {"B"}),
    ],
)
def test_the_texts_of_a_trouble_are_found(source: str, found: set[object], tmp_path: Path) -> None:
    assert texts(source, tmp_path) == found


def test_no_text_is_put_together_where_nobody_could_look_it_up() -> None:
    put_together = [
        f"{path.relative_to(ROOT)}:{part.lineno}"
        for path in (ROOT / "app").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in TEXTS
        for given in (*call.args, *(one.value for one in call.keywords if one.arg != "page"))
        for part in ast.walk(given)
        if isinstance(part, ast.JoinedStr | ast.BinOp)
    ]
    assert put_together == []


def test_values_are_put_into_the_translation(monkeypatch: pytest.MonkeyPatch) -> None:
    german = {"“%(name)s” is %(most)s long": "%(most)s lang ist „%(name)s“"}
    monkeypatch.setattr(locale, "gettext", german.__getitem__)
    filled = Filled("“%(name)s” is %(most)s long", name="100 %s", most=7)
    assert filled == "“100 %s” is 7 long"
    assert translated(filled) == "7 lang ist „100 %s“"
