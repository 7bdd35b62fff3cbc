"""The chaos harness for two minutes: everything breaks at once, and nothing shows of it."""

from __future__ import annotations

import pytest

from benchmarks.chaos import Run, rehearse
from tests.journeys.conftest import ON_BOTH

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("database", ON_BOTH)
def test_two_minutes_of_everything_breaking(database: str, request: pytest.FixtureRequest) -> None:
    run = Run(
        database=database,
        messages=200,
        answers=40,
        minutes=1.25,
        kills=3,
        people=20,
        seed=request.config.getoption("--seed"),
        with_disk=True,
    )
    report = rehearse(run)
    assert report.verdict.is_clean, report
    assert report.verdict.answered == run.answers
    assert report.done["web killed"] == run.kills
    assert report.verdict.unconfirmed < run.answers / 2
