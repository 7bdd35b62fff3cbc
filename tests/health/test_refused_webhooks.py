"""Refused webhooks are told where they may be Meta's own, and not because somebody knocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select, update

from app import clock
from app.inbox import alerts, refused_webhooks
from app.inbox.alerts import REFUSALS, Kind, Surroundings
from app.inbox.receive import Refusals
from app.inbox.spool.folder import State
from app.models import ExternalEventLog
from app.models.database import reading, writing
from tests.bodies import body, message
from tests.office import connect, given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.inbox_pages.visitor import Visitor
    from tests.office import Office

NOON = datetime(2026, 11, 16, 12, 30, tzinfo=UTC)
URGENT, CALM = (Kind.WEBHOOKS_REFUSED, True), (Kind.WEBHOOKS_REFUSED, False)
UNSIGNED = (Kind.WEBHOOKS_UNSIGNED, False)
WRONG, NONE = "wrong signature", "no signature"
WORDS = {WRONG: "their signatures did not match", NONE: "came without a signature"}


@pytest.fixture
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def office(office: Office, now: time_machine.Traveller) -> Office:
    """An office at noon, which has had a webhook the day before."""
    now.shift(-timedelta(days=1))
    accept(office, 1)
    now.move_to(NOON)
    return office


def accept(office: Office, count: int) -> None:
    office.receive(*(body(message(f"{clock.now()}-{n}")) for n in range(count)))
    office.drain()


def refuse(office: Office, reason: str, count: int) -> None:
    refusals = Refusals(office.engine)
    for _ in range(count):
        refusals.note("instagram", reason)
    refusals.flush()


def told(office: Office) -> list[tuple[Kind, bool]]:
    state = Surroundings(State(0, 0, None, 1_000, 0), 0.5, clock.now())
    with reading(office.engine) as session:
        found = alerts.alerts(session, state)
    return [(one.kind, one.is_urgent) for one in found if one.kind in REFUSALS]


@pytest.mark.parametrize(
    ("accepted", "wrong", "expected"),
    [(0, 2, []), (0, 3, [URGENT]), (1, 2, []), (3, 3, []), (5, 3, []), (3, 4, [URGENT])],
)
def test_wrong_signatures_are_urgent_where_they_outweigh_good_ones(
    office: Office, accepted: int, wrong: int, expected: list[tuple[Kind, bool]]
) -> None:
    accept(office, accepted)
    refuse(office, WRONG, wrong)
    assert told(office) == expected


def test_what_was_asked_of_meta_is_no_good_webhook(office: Office) -> None:
    accept(office, 5)
    with writing(office.engine) as session:
        session.execute(update(ExternalEventLog).values(source="history"))
    refuse(office, WRONG, 1)
    assert told(office) == [URGENT]


def test_much_that_was_asked_of_meta_hides_no_good_webhook(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_webhooks, "CAP", 5)
    accept(office, 9)
    with writing(office.engine) as session:
        newest = select(ExternalEventLog.id).order_by(ExternalEventLog.id.desc()).limit(5)
        asked = update(ExternalEventLog).where(ExternalEventLog.id.in_(newest))
        session.execute(asked.values(source="history"))
    refuse(office, WRONG, 4)
    assert told(office) == []


def test_one_is_urgent_where_no_webhook_was_ever_accepted(office: Office) -> None:
    office.start_anew()
    refuse(office, WRONG, 1)
    assert told(office) == [URGENT]


@pytest.mark.parametrize(
    ("accepted", "unsigned", "expected"), [(0, 2, []), (0, 3, [UNSIGNED]), (1, 50, [])]
)
def test_what_is_not_signed_is_told_where_nothing_else_comes(
    office: Office, accepted: int, unsigned: int, expected: list[tuple[Kind, bool]]
) -> None:
    accept(office, accepted)
    refuse(office, NONE, unsigned)
    assert told(office) == expected


def test_a_good_webhook_of_the_next_hour_ends_it(
    office: Office, now: time_machine.Traveller
) -> None:
    refuse(office, WRONG, 20)
    now.shift(timedelta(hours=1))
    assert told(office) == [URGENT]
    accept(office, 1)
    assert told(office) == []


def test_a_few_do_not_add_up_across_hours(office: Office, now: time_machine.Traveller) -> None:
    accept(office, 9)
    refuse(office, WRONG, 2)
    now.shift(timedelta(hours=1))
    refuse(office, WRONG, 1)
    assert told(office) == []


def test_the_first_ones_of_the_next_hour_do_not_end_it(
    office: Office, now: time_machine.Traveller
) -> None:
    refuse(office, WRONG, 20)
    now.shift(timedelta(hours=1))
    refuse(office, WRONG, 1)
    assert told(office) == [URGENT]


def test_it_is_forgotten_after_the_next_hour(office: Office, now: time_machine.Traveller) -> None:
    refuse(office, WRONG, 20)
    now.shift(timedelta(hours=2))
    assert told(office) == []


@pytest.mark.parametrize(("integrations", "expected"), [(1, []), (2, [CALM])])
def test_one_wrong_secret_of_several_is_told_when_it_goes_on(
    office: Office,
    now: time_machine.Traveller,
    integrations: int,
    expected: list[tuple[Kind, bool]],
) -> None:
    if integrations > 1:
        connect(office.engine, office.keyring, "Other", given(config={"pageId": "987"}))
    accept(office, 9)
    refuse(office, WRONG, 3)
    assert told(office) == []
    now.shift(timedelta(hours=1))
    accept(office, 9)
    refuse(office, WRONG, 3)
    assert told(office) == expected


@pytest.mark.parametrize("reason", [WRONG, NONE])
def test_who_knocks_raises_no_banner_while_good_webhooks_come(
    admin: Visitor, operator: Visitor, office: Office, reason: str
) -> None:
    accept(office, 5)
    refuse(office, reason, 3)
    assert WORDS[reason] not in admin.get("/inbox").text
    page = operator.get("/settings/health").text
    assert "3 were refused." in page
    assert f"{reason}: 3" in page
    assert "Nothing to do as long as messages arrive." in page
    assert WORDS[reason] not in page


@pytest.mark.parametrize("reason", [WRONG, NONE])
def test_the_words_fit_the_reason(admin: Visitor, office: Office, reason: str) -> None:
    refuse(office, reason, 3)
    page = admin.get("/inbox").text
    assert [words in page for words in WORDS.values()] == [reason == one for one in WORDS]
    assert "troubleshooting#signature" in page
