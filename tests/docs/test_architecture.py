"""docs/architecture.md names every table and every state, and none that does not exist."""

from __future__ import annotations

import re

import pytest

from app.models import Base
from app.models.states import DeliveryState, Outcome
from tests.docs.markdown import ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text()


def first_column(heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    part = re.split(r"^#{2,3} ", TEXT.split(f"# {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)
    rows = re.findall(r"^\|([^|]+)\|", part[0], re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Tables", set(Base.metadata.tables)),
        ("A delivery", set(DeliveryState)),
        ("An item of a webhook", set(Outcome)),
    ],
)
def test_tables_and_states_are_those_of_the_code(heading: str, expected: set[str]) -> None:
    assert first_column(heading) == expected
