from __future__ import annotations

import pytest

from app.channels.base import GraphFault, Permanent, Retryable, SendError, Throttled, Unsure
from app.channels.errors import classify


def class_of(
    code: int | None, subcode: int | None = None, status: int = 400, *, sending: bool = True
) -> type[SendError]:
    fault = GraphFault("words", code=code, subcode=subcode, http_status=status)
    return classify(fault, sending=sending)


@pytest.mark.parametrize(
    ("code", "subcode"),
    [(1, None), (2, None), (2, 99), (99, None)],
)
def test_retryable(code: int, subcode: int | None) -> None:
    assert class_of(code, subcode) is Retryable


@pytest.mark.parametrize(
    ("code", "subcode"),
    [
        (4, None), (4, 2018354), (9, 2018352), (10, 1893063), (17, None), (32, None), (341, None),
        (613, None), (613, 1893016), (80001, None), (80002, None), (80014, None), (2018321, None),
    ],
)  # fmt: skip
def test_throttled(code: int, subcode: int | None) -> None:
    assert class_of(code, subcode) is Throttled


@pytest.mark.parametrize(
    ("code", "subcode"),
    [
        (1, 5), (2, 2018344), (3, None), (9, None), (10, None), (10, 2018278), (10, 2534022),
        (100, None), (100, 2018001), (100, 2534014), (190, None), (190, 463), (200, 2534041),
        (368, None), (551, 1545041), (80000, None), (80015, None), (424242, None),
    ],
)  # fmt: skip
def test_permanent(code: int, subcode: int | None) -> None:
    assert class_of(code, subcode) is Permanent


@pytest.mark.parametrize("status", [200, 400, 500])
def test_send_that_went_out_though_meta_stumbled(status: int) -> None:
    assert class_of(1, 1357046, status) is Unsure


@pytest.mark.parametrize(("code", "subcode"), [(1, None), (1, 5), (2, None)])
def test_meta_says_that_it_crashed(code: int, subcode: int | None) -> None:
    assert class_of(code, subcode, 500) is Retryable


def test_code_decides_over_the_status() -> None:
    assert class_of(190, None, 500) is Permanent


@pytest.mark.parametrize(("status", "kind"), [(429, Throttled), (404, Permanent), (503, Unsure)])
def test_status_decides_where_there_is_no_code(status: int, kind: type[SendError]) -> None:
    assert class_of(None, None, status) is kind


def test_reading_is_never_unsure() -> None:
    assert class_of(None, None, 503, sending=False) is Retryable
