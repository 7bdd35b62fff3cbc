"""A mistake of ours in reading one body holds up no other, and is made good by a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.channels import registry
from app.inbox import replaying
from app.models import ExternalEvent
from app.models.database import writing
from tests.bodies import body, message

if TYPE_CHECKING:
    from tests.office import Office


@pytest.fixture
def mistake(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The reader fails at a body that says "odd"; mended by ``mistake.undo()``."""
    genuine = registry.items

    def fails(objects: list[dict[str, Any]]) -> Any:
        if "odd" in str(objects):
            raise TypeError("not what I expected")
        return genuine(objects)

    monkeypatch.setattr(registry, "items", fails)
    return monkeypatch


def test_other_bodies_go_on(office: Office, mistake: pytest.MonkeyPatch) -> None:
    office.receive(body(message("m1", "odd")), body(message("m2", "even")))
    office.drain()
    assert office.texts() == ["even"]
    failed = office.row(ExternalEvent, ExternalEvent.kind == "not_unpacked")
    assert (failed.outcome, failed.reason) == ("failed", "TypeError: not what I expected")


def test_a_replay_unpacks_it_once_it_can_be_read(
    office: Office, mistake: pytest.MonkeyPatch
) -> None:
    office.receive(body(message("m1", "odd"), message("m2", "odd too")))
    office.drain()
    mistake.undo()
    failed = office.row(ExternalEvent, ExternalEvent.kind == "not_unpacked")
    with writing(office.engine) as session:
        assert replaying.replay(session, [failed.id]) == 1
    office.drain()
    assert office.texts() == ["odd", "odd too"]
    assert office.outcomes() == ["applied", "applied"]
