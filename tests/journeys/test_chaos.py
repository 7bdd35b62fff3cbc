"""The chaos harness for two minutes: everything breaks at once, and nothing shows of it."""

from __future__ import annotations

import pytest

from benchmarks.chaos import Run, rehearse

pytestmark = [pytest.mark.journey, pytest.mark.postgresql]

TWO_MINUTES = Run(
    database="postgresql",
    messages=300,
    answers=60,
    minutes=1.0,
    kills=3,
    people=30,
    seed=11,
    with_disk=False,  # takes root and a loop device
)


def test_two_minutes_of_everything_breaking() -> None:
    report = rehearse(TWO_MINUTES)
    assert report.verdict.is_clean, report
    assert report.verdict.answered == TWO_MINUTES.answers
    assert report.done["web killed"] == TWO_MINUTES.kills
    assert report.verdict.unconfirmed < TWO_MINUTES.answers / 2
