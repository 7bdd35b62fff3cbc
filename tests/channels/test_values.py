from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.values import identifier, label, moment

AT = datetime(2025, 11, 22, 2, 53, 19, tzinfo=UTC)
anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none())


@pytest.mark.parametrize(
    "value",
    [1763779999, 1763779999000, "1763779999", "1763779999000", 1763779999.0, 1763779999000.0],
)
def test_seconds_and_milliseconds_are_one_time(value: object) -> None:
    assert moment(value) == AT


def test_milliseconds_are_exact() -> None:
    assert moment(1763779999876) == AT.replace(microsecond=876_000)


@pytest.mark.parametrize(
    "value",
    [
        None, True, -1763779999, 0, 5, float("nan"), float("inf"), 10**400, "9" * 5_000, "",
        "yesterday", "-1763779999", "1763779999.5", "1763779999\x1f", "\u00b2", [1763779999],
        {"t": 1763779999}, 1262303999, 4102444800, 4102444800000,
    ],
)  # fmt: skip
def test_what_cannot_be_a_time_is_none(value: object) -> None:
    assert moment(value) is None


@pytest.mark.parametrize(("value", "year"), [(1262304000, 2010), (4102444799999, 2099)])
def test_limits_of_plausible_time(value: int, year: int) -> None:
    time = moment(value)
    assert time
    assert time.year == year


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("17841400000000001", "17841400000000001"),
        (17841400000000001, "17841400000000001"),
        (0, "0"),
        ("x" * 1000, "x" * 1000),
        ("\u00e9" * 500, "\u00e9" * 500),
        ("x" * 1001, None),
        ("\u00e9" * 501, None),
        ("", None),
        (" ", None),
        (-5, None),
        pytest.param(10**5000, None, id="5,001 digits"),
        (True, None),
        (1.5, None),
        (None, None),
        (["1"], None),
    ],
)
def test_identifier(value: object, expected: str | None) -> None:
    assert identifier(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("reaction", "reaction"), ("x" * 61, "x" * 60), (" ", "none"), (5, "none"), (None, "none")],
)
def test_label(value: object, expected: str) -> None:
    assert label(value, "none") == expected


@given(anything)
def test_reading_a_value_never_raises(value: object) -> None:
    time = moment(value)
    assert time is None or (2010 <= time.year < 2100 and time.tzinfo is UTC)
    found = identifier(value)
    assert found is None or 0 < len(found.encode()) <= 1000
