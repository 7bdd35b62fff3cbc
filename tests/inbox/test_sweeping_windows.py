"""The sweep ends reply windows only once it knows all that customers wrote."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.channels.faults import GraphFault
from app.inbox import broken, drain, lease, settle
from app.inbox.spool.record import Received
from app.installation import Installation
from app.models import Conversation, Delivery, Integration
from app.models.database import writing
from app.tasks import sweep
from app.tasks.pool import SendPool
from app.tasks.process import Process
from tests.bodies import SECRET, body, message
from tests.office import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from config import Settings
    from tests.office import Office

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
PEOPLE = ("771", "772")


@pytest.fixture
def process(settings: Settings, engine: Engine) -> Process:
    installation = Installation(settings, engine)
    return Process(installation, SendPool(installation))


@pytest.fixture
def office(process: Process, engine: Engine) -> Iterator[Office]:
    """An answer waits in each of two conversations, whose windows closed a second ago."""
    office = connect(engine, process.installation.keyring, "Harbour")
    began = clock.now()
    office.take_in(*(message(f"m{one}", person=one, at=began) for one in PEOPLE))
    for thread in office.rows(Conversation):
        office.reply("Answer", thread=thread.id)
    with writing(engine) as session:
        token = session.get_one(Integration, office.integration_id).access_token
        broken.break_off(session, office.integration_id, token, GraphFault("No", code=190))
    with time_machine.travel(began + DAY + SECOND, tick=False):
        yield office


@pytest.fixture
def news(office: Office) -> bytes:
    """A webhook that opens the windows again."""
    at = clock.now() - 2 * SECOND
    return body(*(message(f"n{one}", "Still there?", person=one, at=at) for one in PEOPLE))


def test_what_waits_fails_once_its_window_has_closed(office: Office, process: Process) -> None:
    sweep.sweep(process)
    assert office.states() == ["failed", "failed"]


def test_a_webhook_that_waits_is_applied_before(
    office: Office, process: Process, news: bytes
) -> None:
    office.receive(news)
    sweep.sweep(process)
    assert office.states() == ["held", "held"]


def test_another_process_that_applies_webhooks_is_waited_for(
    office: Office, process: Process, news: bytes
) -> None:
    office.receive(news)
    with writing(office.engine) as session:
        assert lease.acquire(session, drain.LEASE, "a worker", drain.LEASE_LENGTH)
    sweep.sweep(process)
    assert office.states() == ["held", "held"]


def test_webhooks_in_the_spool_are_waited_for(
    office: Office, process: Process, news: bytes
) -> None:
    by = office.keyring.vault.fingerprint(SECRET)
    process.installation.spool.put(Received("instagram", news, by, clock.now()))
    sweep.sweep(process)
    assert office.states() == ["held", "held"]
    process.installation.unspool().run()
    sweep.sweep(process)
    sweep.sweep(process)
    assert office.states() == ["held", "held"]


def test_a_mistake_at_one_keeps_nothing_else_from_being_done(
    office: Office, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, fail = office.rows(Delivery)[0].id, settle.fail

    def mistaken(session: Session, delivery: Delivery, fault: GraphFault) -> None:
        if delivery.id == bad:
            raise RuntimeError("a mistake")
        fail(session, delivery, fault)

    monkeypatch.setattr(settle, "fail", mistaken)
    sweep.sweep(process)
    assert office.states() == ["held", "failed"]
