"""The part of a message in which a search found its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

BEFORE, LENGTH = 16, 160


@dataclass(frozen=True, slots=True)
class Piece:
    """Some letters of a message; ``is_hit`` where they are what was looked for."""

    text: str
    is_hit: bool


def snippet(text: str, words: Sequence[str]) -> list[Piece]:
    """Return the part of ``text`` around the first of ``words``, cut into hits and the rest."""
    pattern = _pattern(words)
    first = pattern.search(text)
    start = _start(text, first.start()) if first else 0
    shown = text[start : start + LENGTH]
    ends = 0
    pieces = [Piece("…", is_hit=False)] if start else []
    for hit in pattern.finditer(shown):
        pieces += [Piece(shown[ends : hit.start()], is_hit=False), Piece(hit[0], is_hit=True)]
        ends = hit.end()
    pieces.append(Piece(shown[ends:], is_hit=False))
    return [piece for piece in pieces if piece.text]


def _start(text: str, hit: int) -> int:
    """Return where to begin: shortly before the hit, with a whole word where there is one."""
    start = max(0, hit - BEFORE)
    if not start:
        return 0
    space = text.find(" ", start - 1, hit)
    return start if space < 0 else space + 1


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Match the words where they begin a word; the last may go on."""
    *whole, begun = (re.escape(word) for word in words)
    either = "|".join([*(rf"{word}(?![^\W_])" for word in whole), begun])
    return re.compile(rf"(?<![^\W_])(?:{either})", re.IGNORECASE)
