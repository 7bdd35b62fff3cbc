"""A process that is told to end: what it gives back, and where a drain stops."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from app import clock
from app.inbox import claim, drain
from app.inbox.drain import Drain
from app.models.database import writing
from tests.bodies import body, message, numbered

if TYPE_CHECKING:
    from tests.office import Office


def give_back(office: Office, claimed_by: str) -> None:
    with writing(office.engine) as session:
        claim.give_back(session, claimed_by)


def test_what_was_claimed_and_not_begun_waits_again(office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes")
    office.claim()
    give_back(office, "somebody else")
    assert office.states() == ["claimed"]
    give_back(office, "test")
    assert office.states() == ["queued"]


def test_what_is_being_sent_is_not_given_back(office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes")
    office.begin()
    give_back(office, "test")
    assert office.states() == ["sending"]


def test_a_drain_ends_after_its_batch(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "BATCH", 2)
    until = Event()

    class Told(Drain):
        def _take_in(self) -> int:
            until.set()
            return super()._take_in()

    office.receive(body(*numbered(4)))
    Told(office.engine, office.keyring).run(until=until)
    assert office.texts() == ["0", "1"]
    office.drain()
    assert office.texts() == ["0", "1", "2", "3"]
