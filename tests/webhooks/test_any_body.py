"""Whatever a signed body holds is answered 200, gets its outcomes, and harms nothing beside it.

``--mutants 100000 --seed 7`` makes it the long run that docs/testing.md records.
"""

from __future__ import annotations

import json
import random
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from app.models import ExternalEvent, ExternalEventLog, Message
from app.models.database import reading
from app.models.events import LOG_IS_PENDING
from tests.bodies import body, message
from tests.mutants import mutants
from tests.webhooks.test_receiving import post

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.office import Office

pytestmark = pytest.mark.usefixtures("patient")

SETTLED = {"applied", "duplicate", "ignored", "unroutable", "test_received"}
"""Parked or failed would be our mistake, not Meta's."""
CHUNK = 500
GOOD_IN = 10  # one body in so many is as it should be


def test_any_signed_body_is_answered_200_and_gets_its_outcomes(
    client: FlaskClient, office: Office, pytestconfig: pytest.Config
) -> None:
    count, seed = pytestconfig.getoption("mutants"), pytestconfig.getoption("seed")
    odd = mutants(random.Random(seed))  # noqa: S311 - reproducible, not secret
    sent: set[bytes] = set()
    good: list[str] = []
    for _ in range(0, count, CHUNK):
        raws = list(islice(odd, min(CHUNK, count)))
        for _ in range(0, len(raws), GOOD_IN):
            good.append(f"good{len(good)}")
            raws.append(body(message(good[-1], good[-1])))
        assert {post(client, raw).status_code for raw in raws} == {200}
        sent.update(raws)
        office.drain()
    _check(office, sent, good)


def _check(office: Office, sent: set[bytes], good: list[str]) -> None:
    by_outcome = select(ExternalEvent.outcome, func.count()).group_by(ExternalEvent.outcome)
    texts = select(Message.text).where(Message.external_id.startswith("good"))
    no_json = [raw for raw in sent if not _is_json(raw)][:CHUNK]
    of_those = (
        select(ExternalEvent.outcome)
        .join(ExternalEventLog, ExternalEvent.log_id == ExternalEventLog.id)
        .where(ExternalEventLog.body.in_(no_json))
    )
    with reading(office.engine) as session:
        assert session.scalar(select(func.count()).select_from(ExternalEventLog)) == len(sent)
        assert session.scalar(select(ExternalEventLog.id).where(LOG_IS_PENDING)) is None
        assert session.scalar(select(func.count(ExternalEvent.log_id.distinct()))) == len(sent)
        assert {outcome for outcome, _ in session.execute(by_outcome)} <= SETTLED
        assert session.scalars(texts.order_by(Message.id)).all() == good
        assert session.scalars(of_those).all() == ["ignored"] * len(no_json)


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True
