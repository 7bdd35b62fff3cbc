"""What was asked of Meta for one account can speak to no other."""

from __future__ import annotations

from hashlib import sha256

import pytest

from app.inbox.ingest import asked_for
from app.models import ExternalEvent, ExternalEventLog, Message
from app.models.database import writing
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
    bodies = (body(message("m1"), account=ELSEWHERE), body(message("m2")))
    with writing(office.engine) as session:
        session.add_all(
            ExternalEventLog(
                endpoint="instagram", body=raw, digest=sha256(raw).digest(), verified_by=verified_by
            )
            for raw in bodies
        )
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
