"""Every page of docs/ that an explanation or a template names exists, with its anchor."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import ROOT, anchors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PAGE = re.compile(r"([a-z-]+\.md)(?:#([a-z0-9-]+))?")


def named_in_code() -> set[str]:
    """Every "page.md#anchor" in the application's Python and templates."""
    found = set[str]()
    for path in (ROOT / "app").rglob("*.py"):
        found.update(_texts(ast.parse(path.read_text())))
    for path in (ROOT / "app" / "templates").rglob("*.html"):
        found.update(re.findall(r"['\"]([^'\"\s]+)['\"]", path.read_text()))
    return {text for text in found if _PAGE.fullmatch(text)}


def _texts(tree: ast.Module) -> Iterator[str]:
    """The string constants of a module, and its f-strings of constants."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(_value(part, constants)) for part in node.values)


def _value(part: ast.expr, constants: Mapping[str, object]) -> object:
    if isinstance(part, ast.Constant):
        return part.value
    if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name):
        return constants.get(part.value.id, "?")
    return "?"


def test_constants_f_strings_and_templates_are_read() -> None:
    assert {
        "troubleshooting.md#no-connection",
        "connect-instagram.md#one-workspace",
        "troubleshooting.md#signature",
    } <= named_in_code()


@pytest.mark.parametrize("named", sorted(named_in_code()))
def test_the_page_exists(named: str) -> None:
    page, _, anchor = named.partition("#")
    target = ROOT / "docs" / page
    assert target.exists()
    assert not anchor or anchor in anchors(target)
