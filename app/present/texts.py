"""What a message's text is like, where that decides how it is drawn."""

from __future__ import annotations

import re
from unicodedata import category

MOST_EMOJI = 12
"""Code points; an emoji may be made of several."""
_JOINING = frozenset("\u200d\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_LINK_SIGN = re.compile(r"\.\w|://")


def is_blank(text: str) -> bool:
    """Say whether nothing of ``text`` can be seen: spaces, joiners, control characters."""
    return bool(text) and all(category(c)[0] in "ZC" for c in text)


def is_emoji(text: str) -> bool:
    """Say whether ``text`` is a few emoji and nothing else."""
    if len(text) > MOST_EMOJI:
        return False
    seen = [c for c in text if not c.isspace() and c not in _JOINING]
    return bool(seen) and all(category(c) == "So" for c in seen)


def may_hold_link(text: str) -> bool:
    """Say whether Jinja's ``urlize`` may find an address in ``text``: it takes long to look."""
    return _LINK_SIGN.search(text) is not None
