"""What each view of the API takes and answers: said once, held while it runs, and published.

``describe`` names the models of a view. ``exchange`` reads and answers with no other ones, and
``openapi`` writes the document from them, so that document and behaviour cannot part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from flask import current_app, request
from pydantic import BaseModel

View = TypeVar("View", bound=Callable[..., object])


class Undescribed(Exception):  # noqa: N818 - says what is wrong
    """A view read or answered something else than it is described with: our own mistake."""


@dataclass(frozen=True, slots=True)
class Contract:
    """The models of one view.

    ``answers`` maps a status to its body (None: no body). ``problems`` are the statuses of its own
    refusals, beside those that follow from its address, query and body. ``is_partial`` says that
    every key of the body may be left out.
    """

    answers: Mapping[int, type[BaseModel] | None] = field(default_factory=dict)
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    is_partial: bool = False
    problems: tuple[int, ...] = ()


def describe(
    answers: Mapping[int, type[BaseModel] | None],
    *,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    is_partial: bool = False,
    problems: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Say what a view takes and answers; the members are those of :class:`Contract`."""
    contract = Contract(answers, query, body, is_partial, problems)

    def decorate(view: View) -> View:
        vars(view)["contract"] = contract
        return view

    return decorate


def contract_of(view: Callable[..., object]) -> Contract | None:
    """Return what a view is described with; decorators that use functools.wraps keep it."""
    found = vars(view).get("contract")
    return found if isinstance(found, Contract) else None


def hold_query(model: type[BaseModel]) -> None:
    """Raise :class:`Undescribed` where the view under way is described with another query."""
    contract = _under_way()
    if contract is not None and contract.query is not model:
        raise Undescribed(f"{request.endpoint} reads {model.__name__} from its query")


def hold_body(model: type[BaseModel]) -> None:
    """Raise :class:`Undescribed` where the view under way is described with another body."""
    contract = _under_way()
    if contract is not None and contract.body is not model:
        raise Undescribed(f"{request.endpoint} reads {model.__name__} from its body")


def hold_answer(model: type[BaseModel] | None, status: int) -> None:
    """Raise :class:`Undescribed` where the view under way is described with another answer."""
    contract = _under_way()
    if contract is not None and contract.answers.get(status, Undescribed) is not model:
        raise Undescribed(f"{request.endpoint} answers {status} with {model}")


def _under_way() -> Contract | None:
    view = current_app.view_functions.get(request.endpoint or "")
    return None if view is None else contract_of(view)
