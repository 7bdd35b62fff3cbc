"""What people read about an error of Meta's."""

from __future__ import annotations

import pytest

from app.channels import explain
from app.channels.faults import GraphFault


def fault(code: int | None, subcode: int | None = None, status: int | None = 400) -> GraphFault:
    return GraphFault("(#7) Meta's words", code=code, subcode=subcode, http_status=status)


@pytest.mark.parametrize(
    ("code", "subcode", "name"),
    [
        (3, None, "no-capability"),
        (3, 5, "no-capability"),
        (190, None, "invalid-token"),
        (190, 467, "invalid-token"),
        (190, 463, "expired-token"),
        (190, 460, "changed-password"),
        (190, 459, "checkpoint"),
        (190, 492, "lost-role"),
        (100, 2018001, "user-not-found"),
        (100, 2534014, "user-not-found"),
        (10, 2534022, "window-closed"),
        (10, 2018278, "window-closed"),
        (10, None, "no-permission"),
        (201, None, "no-permission"),
        (200, 2534041, "access-off"),
        (4, None, "slowed-app"),
        (17, None, "slowed-down"),
        (613, 1996, "slowed-down"),
        (2, None, "temporary-failure"),
        (1, 1357046, "unconfirmed"),
    ],
)
def test_known_error(code: int, subcode: int | None, name: str) -> None:
    assert explain.explain(fault(code, subcode)) == explain.named(name)


@pytest.mark.parametrize(
    ("code", "subcode"), [(100, None), (100, 7), (10, 2018336), (10, 7), (201, 7), (77, None)]
)
def test_what_nobody_knows_better_is_explained_with_metas_own_words(
    code: int, subcode: int | None
) -> None:
    explanation = explain.explain(fault(code, subcode))
    assert explanation.cause == "(#7) Meta's words"
    assert "Meta's words" not in explanation.sentence


def test_unknown_error_leads_to_a_page() -> None:
    assert explain.explain(fault(77)).page == "troubleshooting.md#other-errors"


def test_call_that_never_left() -> None:
    left = GraphFault("No connection to Meta (ConnectTimeout)", name="no-connection")
    assert explain.explain(left) == explain.named("no-connection")


def test_unsure_send() -> None:
    assert explain.explain(fault(None, status=None), unsure=True) == explain.named("unconfirmed")


def test_a_code_of_whatsapp_is_explained_on_whatsapp() -> None:
    closed = GraphFault("no", 131047, channel="whatsapp")
    assert explain.explain(closed) == explain.named("window-closed-on-whatsapp")


def test_a_stored_error_keeps_its_meaning() -> None:
    assert explain.recall("file-too-large", fault(77)) == explain.named("file-too-large")


@pytest.mark.parametrize("name", [None, "was-once"])
def test_an_error_stored_without_a_meaning_is_explained_anew(name: str | None) -> None:
    assert explain.recall(name, fault(190)) == explain.named("invalid-token")
    assert explain.recall(name, fault(None), unsure=True) == explain.named("unconfirmed")


def test_a_send_that_was_given_up_is_not_said_to_be_tried_again() -> None:
    assert explain.explain(fault(2)).next_step == "Nothing to do: it is tried again by itself."
    assert "press Retry" in explain.recall("no-connection", fault(None)).next_step
