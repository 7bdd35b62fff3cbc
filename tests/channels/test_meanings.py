"""The table of what Meta's errors mean is whole, and reaches the translators."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from pydantic import ValidationError

from app.channels import errors, meanings
from app.channels.meanings import Meanings
from tests.docs.markdown import ROOT

KNOWN = meanings.load().root
Table = dict[str, dict[str, Any]]


def table() -> Table:
    return deepcopy(tomllib.loads(meanings.FILE.read_text(encoding="utf-8")))


def test_every_class_is_used() -> None:
    assert {one.kind for one in KNOWN.values()} == set(errors.CLASSES)


@pytest.mark.parametrize("one", KNOWN.values(), ids=KNOWN)
def test_a_text_is_a_sentence(one: meanings.Meaning) -> None:
    assert [text for text in one.texts() if not text[0].isupper() or text[-1] not in ".”"] == []
    assert [text for text in one.texts() if "  " in text or '"' in text or "%" in text] == []


def test_no_two_meanings_have_the_same_sentence() -> None:
    sentences = [one.what for one in KNOWN.values()]
    assert len(sentences) == len(set(sentences))


def test_every_text_reaches_the_translators() -> None:
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call] # of Babel
    wanted = [(pattern, name) for pattern, name in methods if pattern.endswith(".toml")]
    found = {text for _, _, text, _, _ in extract_from_dir(ROOT, wanted, options)}
    assert found == {text for one in KNOWN.values() for text in one.texts()}


def spoil(change: Callable[[Table], object]) -> str:
    changed = table()
    change(changed)
    with pytest.raises(ValidationError) as refused:
        Meanings.model_validate(changed)
    return str(refused.value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda found: found["other"].update({"class": "odd"}), "class"),
        (lambda found: found["other"].update(color="red"), "color"),
        (lambda found: found["other"].update(what=" "), "what"),
        (lambda found: found["other"].update(graph=["4-"]), "graph"),
        (lambda found: found["other"].update(graph=["190/463"]), "190/463 stands twice"),
        (lambda found: found["other"].update(afterwards="Wait."), "tried again"),
        (lambda found: found["slowed-down"].pop("afterwards"), "tried again"),
        (lambda found: found["slowed-down"].update(pause=0), "pause"),
    ],
)
def test_a_spoilt_table_is_refused(change: Callable[[Table], object], complaint: str) -> None:
    assert complaint in spoil(change)
