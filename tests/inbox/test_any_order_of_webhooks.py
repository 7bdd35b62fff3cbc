"""Webhooks in any order, in any bodies, several times: they end in the same state."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.inbox.ingest.echoes import WAIT
from app.models import Conversation
from tests.bodies import Item, body, echo, message

if TYPE_CHECKING:
    from datetime import datetime

    from tests.office import Office

PEOPLE = ("771", "772")
TURNS = 4


def written(start: datetime) -> list[Item]:
    """Return a talk with each person, in its order: they write, a colleague answers elsewhere."""
    talk: list[Item] = []
    for turn in range(TURNS):
        at = start + timedelta(seconds=10 * turn)
        for who in PEOPLE:
            talk.append(message(f"m{who}-{turn}", f"question {turn}", person=who, at=at))
            later = at + timedelta(seconds=5)
            talk.append(echo(f"e{who}-{turn}", f"answer {turn}", person=who, at=later))
    return talk


@pytest.mark.parametrize("seed", range(12))
def test_a_talk_is_the_same_however_it_comes(office: Office, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret
    start = clock.now() - timedelta(minutes=5)
    items = written(start) + dice.sample(written(start), 6)
    dice.shuffle(items)
    while items:
        some = dice.randint(1, 4)
        office.receive(body(*items[:some]))
        del items[:some]
        if dice.random() < 1 / 2:
            office.drain()
    office.drain()
    with time_machine.travel(clock.now() + 2 * WAIT):
        office.drain()
    for thread in office.rows(Conversation):
        mine = [one.text for one in office.messages() if one.conversation_id == thread.id]
        assert mine == [f"{what} {n}" for n in range(TURNS) for what in ("question", "answer")]
        assert (thread.preview, thread.preview_direction) == (f"answer {TURNS - 1}", "outbound")
        assert thread.waiting_since is None
    assert set(office.outcomes()) <= {"applied", "duplicate"}
