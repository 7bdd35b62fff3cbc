"""What a person may decide about a message, and what only time may."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.inbox import decisions
from app.inbox.errors import Conflict, Refused
from app.models import Delivery
from app.models.database import writing
from tests.bodies import message

if TYPE_CHECKING:
    from tests.office import Office


@pytest.fixture
def office(office: Office) -> Office:
    """Two answers wait in one conversation."""
    office.take_in(message("m1", at=clock.now()))
    office.reply("Welcome")
    office.reply("See you")
    return office


def test_what_waits_is_taken_back(office: Office) -> None:
    give_up_the_first(office)
    assert office.statuses() == ["delivered", "discarded", "queued"]
    assert len(office.claim()) == 1
    assert office.states() == ["discarded", "claimed"]


def test_what_is_claimed_is_taken_back_and_not_sent(office: Office) -> None:
    claimed = office.claim()
    give_up_the_first(office)
    assert office.sender.begin(claimed) == []
    assert office.states() == ["discarded", "queued"]


def test_what_is_on_its_way_is_not_taken_back(office: Office) -> None:
    office.begin()
    with pytest.raises(Conflict) as told:
        give_up_the_first(office)
    assert told.value.trouble.message == "This message cannot be discarded: it is sending."


@pytest.mark.parametrize("hours", [25, 200])
def test_nothing_is_sent_again_once_the_window_has_closed(office: Office, hours: int) -> None:
    office.finish(office.begin(), Permanent(GraphFault("No", code=100)))
    with (
        time_machine.travel(clock.now() + timedelta(hours=hours)),
        pytest.raises(Refused),
        writing(office.engine) as session,
    ):
        decisions.retry(session, office.workspace_id, first(office).message_id)
    assert office.states() == ["failed", "queued"]
    assert len(office.attempts()) == 1


def first(office: Office) -> Delivery:
    return office.rows(Delivery)[0]


def give_up_the_first(office: Office) -> None:
    with writing(office.engine) as session:
        decisions.give_up(session, office.workspace_id, first(office).message_id)
