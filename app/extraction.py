"""What Babel would not find by itself: the texts of troubles, which are translated when shown.

``babel.cfg`` names :func:`extract` for the code. Values are put into a text as ``Filled``, never
as an f-string: nobody could look that up.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Any, BinaryIO

from babel.messages.extract import extract_python

TEXTS = {
    "Trouble": ("message", "explanation", "next_step"),
    "Explanation": ("sentence", "cause", "next_step"),
    "Filled": ("pattern",),
}
"""The arguments that people read, in their order, by class."""

Found = tuple[Any, ...]
"""Line, function or None, text or texts, comments."""


def extract(
    file: BinaryIO,
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Any,
) -> Iterator[Found]:
    """Yield the texts of a file of Python for Babel: what it finds itself, and those of TEXTS."""
    yield from extract_python(file, keywords, comment_tags, options)
    file.seek(0)
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call):
            for text in _texts(node):
                yield node.lineno, None, text, []


def _texts(call: ast.Call) -> Iterator[str]:
    called = call.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    names = TEXTS.get(name, ())
    for argument in call.args[: len(names)]:
        yield from _constants(argument)
    for keyword in call.keywords:
        if keyword.arg in names:
            yield from _constants(keyword.value)


def _constants(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from _constants(value.body)
        yield from _constants(value.orelse)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
