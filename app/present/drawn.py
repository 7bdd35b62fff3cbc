"""What was drawn already: the rows of a list are the same in most polls and for most colleagues."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

from markupsafe import Markup

MOST = 2_000
"""Rows; about 2 kB each."""


@lru_cache(maxsize=MOST)
def drawn(macro: Callable[..., Markup], *values: Hashable) -> Markup:
    """Return what ``macro`` draws of ``values``, drawn once for the same values.

    The macro must know nothing but them: it is imported without context and translates nothing.
    """
    return macro(*values)
