from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.blueprints import parts

if TYPE_CHECKING:
    from flask import Flask

    from tests.inbox_pages.visitor import Visitor


def test_an_error_of_ours_is_plain_words(
    agent: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.testing = False
    monkeypatch.setattr(parts, "list_part", lambda *_: 1 / 0)

    answer = agent.get("/inbox")

    assert answer.status_code == 500
    assert "Something is broken" in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_too_much_at_once_is_refused(agent: Visitor) -> None:
    answer = agent.client.post("/inbox/1/reply", data={"text": "x" * 2_000_000})

    assert answer.status_code == 413
    assert "That was too much at once" in answer.text


def test_the_wrong_method_is_refused(agent: Visitor) -> None:
    answer = agent.get("/inbox/1/reply")

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
