"""A person has an unconfirmed message sent again: until the next call begins its proof counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.channels.faults import GraphFault, Unsure
from app.inbox import decisions, integrations
from app.models import Delivery, Integration
from app.models.database import writing
from tests.bodies import echo, message

if TYPE_CHECKING:
    from tests.office import Office


@pytest.fixture
def office(office: Office) -> Office:
    """An answer that nobody knows of is to be sent again."""
    office.take_in(message("m1", at=clock.now()))
    office.reply("Welcome")
    office.finish(office.begin(), Unsure(GraphFault("lost")))
    with writing(office.engine) as session:
        decisions.retry(session, office.workspace_id, office.row(Delivery).message_id)
    return office


def switch(office: Office, *, is_enabled: bool) -> None:
    with writing(office.engine) as session:
        known = session.get_one(Integration, office.integration_id)
        integrations.enable(session, known, is_enabled=is_enabled)


def is_settled_by_its_echo(office: Office) -> bool:
    office.take_in(echo("x1", "Welcome", at=clock.now()))
    return office.states() == ["sent"] and office.texts() == ["Hi", "Welcome"]


def test_what_is_held_is_not_sent_once_more(office: Office) -> None:
    [claimed] = office.claim()
    switch(office, is_enabled=False)
    office.deliver(claimed)
    assert office.states() == ["held"]
    switch(office, is_enabled=True)
    assert is_settled_by_its_echo(office)
    assert office.claim() == []


def test_what_failed_because_its_window_closed_has_arrived(office: Office) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        office.send()
    assert office.states() == ["failed"]
    assert is_settled_by_its_echo(office)
    assert office.thread().attention_count == 0
