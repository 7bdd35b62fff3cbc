"""The thread that asks for profiles has no supervisor, so it must not end by itself."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from app.tasks import profiles

if TYPE_CHECKING:
    import pytest


def test_a_mistake_does_not_end_the_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Event()
    asked: list[int] = []

    def mistaken() -> None:
        asked.append(1)
        if len(asked) > 1:
            stop.set()
        raise KeyError

    monkeypatch.setattr(profiles, "INTERVAL", 0.001)
    process: Any = SimpleNamespace(
        installation=SimpleNamespace(profiles=SimpleNamespace(fetch=mistaken))
    )

    profiles.run(process, stop)

    assert len(asked) == 2
