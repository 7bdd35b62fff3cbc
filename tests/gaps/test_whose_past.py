"""What was asked of Meta for one account can speak to no other."""

from __future__ import annotations

import pytest

from app import clock
from app.inbox.ingest import asked_for
from app.inbox.mailroom import Mailroom
from app.inbox.spool.record import Received
from app.models import ExternalEvent, Message
from app.models.states import Outcome
from tests.bodies import NOON, SECRET, body, message
from tests.gaps.conftest import Gaps, Past
from tests.office import Office, connect, given

ELSEWHERE = "17841400000000002"


@pytest.fixture
def other(office: Office) -> Office:
    """Another workspace of the same installation."""
    wanted = given(config={"webhookVerifyToken": "verify", "instagramPageId": ELSEWHERE})
    return connect(office.engine, office.keyring, "Elsewhere", wanted)


def test_a_body_for_another_account_reaches_nobody(office: Office, other: Office) -> None:
    assert other.integration_id != office.integration_id
    verified_by = asked_for(Gaps(office).account().id)
    mailroom = Mailroom(office.engine)
    for raw in (body(message("m1"), account=ELSEWHERE), body(message("m2"))):
        mailroom.store(Received("instagram", raw, verified_by, clock.now()))
    office.drain()
    events = office.rows(ExternalEvent)
    assert [one.outcome for one in events] == [Outcome.UNROUTABLE, Outcome.APPLIED]
    assert [one.workspace_id for one in office.rows(Message)] == [office.workspace_id]


def test_no_secret_has_such_a_fingerprint(office: Office) -> None:
    assert ":" not in office.keyring.vault.fingerprint(SECRET)


def test_each_workspace_repairs_its_own(office: Office, other: Office, past: Past) -> None:
    past.wrote("m1", "one", NOON)
    gaps = Gaps(office)
    gaps.repair(NOON)
    assert {one.workspace_id for one in office.rows(Message)} == {office.workspace_id}
    assert Gaps(other).account().repaired_at is None
