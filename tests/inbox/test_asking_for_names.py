"""The thread that asks for names has no supervisor, so it must not end by itself."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from app.tasks import profiles


def test_a_mistake_does_not_end_the_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Event()
    asked: list[Any] = []

    def mistaken(*given: object) -> None:
        asked.append(given)
        if len(asked) > 1:
            stop.set()
        raise KeyError

    monkeypatch.setattr(profiles, "INTERVAL", 0.001)
    monkeypatch.setattr(profiles, "fetch_names", mistaken)
    process: Any = SimpleNamespace(
        installation=SimpleNamespace(engine=None, graph=None, keyring=None)
    )

    profiles.run(process, stop)

    assert len(asked) == 2
