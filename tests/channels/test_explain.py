from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.channels import explain
from app.channels.base import GraphFault

if TYPE_CHECKING:
    from app.channels.explain import Explanation


def fault(code: int | None, subcode: int | None = None, status: int | None = 400) -> GraphFault:
    return GraphFault("(#7) Meta's words", code=code, subcode=subcode, http_status=status)


@pytest.mark.parametrize(
    ("code", "subcode", "expected"),
    [
        (3, None, explain.NO_CAPABILITY),
        (3, 5, explain.NO_CAPABILITY),
        (190, None, explain.INVALID_TOKEN),
        (190, 467, explain.INVALID_TOKEN),
        (190, 463, explain.EXPIRED_TOKEN),
        (190, 460, explain.CHANGED_PASSWORD),
        (190, 459, explain.CHECKPOINT),
        (190, 492, explain.LOST_ROLE),
        (100, 2018001, explain.USER_NOT_FOUND),
        (100, 2534014, explain.USER_NOT_FOUND),
        (10, 2534022, explain.WINDOW_CLOSED),
        (10, 2018278, explain.WINDOW_CLOSED),
        (200, 2534041, explain.ACCESS_OFF),
        (4, None, explain.THROTTLED),
        (613, 1996, explain.THROTTLED),
        (2, None, explain.TEMPORARY),
        (1, 1357046, explain.UNSURE),
    ],
)
def test_known_error(code: int, subcode: int | None, expected: Explanation) -> None:
    assert explain.explain(fault(code, subcode)) is expected


@pytest.mark.parametrize(("code", "subcode"), [(100, None), (100, 7), (200, None), (10, None)])
def test_other_error_speaks_with_metas_own_text(code: int, subcode: int | None) -> None:
    explanation = explain.explain(fault(code, subcode))
    assert explanation.sentence == "(#7) Meta's words"
    assert explanation.page == "troubleshooting.md#other-errors"


def test_call_that_never_left() -> None:
    assert explain.explain(fault(None, status=None)) is explain.NO_CONNECTION


def test_unsure_send() -> None:
    assert explain.explain(fault(None, status=None), unsure=True) is explain.UNSURE


def test_error_page_of_a_gateway_while_reading() -> None:
    assert explain.explain(fault(None, status=502)) is explain.TEMPORARY
