"""Meta's errors in plain words: what happened, why, and what to do next.

The texts are English message ids from one table; the templates translate them. ``page`` is a
page of docs/ with its anchor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from app.channels import errors, meanings

if TYPE_CHECKING:
    from app.channels.faults import GraphFault
    from app.channels.meanings import Meaning


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an agent and an admin read about a failed call.

    ``kind`` is the error's class (see :mod:`app.channels.meanings`), "" where it has none.
    """

    sentence: str
    cause: str
    next_step: str
    page: str
    kind: str = ""

    @classmethod
    def of(cls, meaning: Meaning, metas_words: str = "", *, gave_up: bool = False) -> Self:
        """Return ``meaning`` in words, with Meta's own where it has no cause.

        ``gave_up`` says that nothing is tried again by itself any more.
        """
        next_step = (gave_up and meaning.afterwards) or meaning.next_step
        cause = meaning.cause or metas_words
        return cls(meaning.what, cause, next_step, meaning.page, meaning.kind)


def explain(fault: GraphFault, *, unsure: bool = False) -> Explanation:
    """Return what to tell people about ``fault``; where it is not known, with Meta's own words.

    ``unsure`` says that the call ended as :class:`app.channels.faults.Unsure`, which a fault alone
    does not tell.
    """
    return Explanation.of(errors.meaning(fault, unsure=unsure), fault.message)


def recall(name: str | None, fault: GraphFault, *, unsure: bool = False) -> Explanation:
    """Return what to tell about a send that ended with the meaning called ``name``.

    One that was stored without a name, or under one that is no more, is explained anew.
    """
    known = meanings.load().root.get(name or "") or errors.meaning(fault, unsure=unsure)
    return Explanation.of(known, fault.message, gave_up=True)


def named(name: str) -> Explanation:
    """Return what the meaning called ``name`` tells people. Raises KeyError."""
    return Explanation.of(meanings.by_name(name))
