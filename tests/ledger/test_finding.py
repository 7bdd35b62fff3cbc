"""Items of the log are found by what they are, page by page, and never somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.inbox import ledger
from app.inbox.errors import NotFound
from app.inbox.event_times import first_id_since
from app.inbox.ledger import Scope, Wanted, Whose
from app.models import ChannelAccount
from app.models.database import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.office import Office

    Put = Callable[..., int]

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def found(office: Office, whose: Whose, **wanted: Any) -> list[int]:
    with reading(office.engine) as session:
        page = ledger.page(session, whose, Wanted(**wanted))
        return [one.event.id for one in page.entries]


def test_each_sees_what_is_theirs(office: Office, other: Office, put: Put) -> None:
    mine, theirs = (put(workspace_id=one.workspace_id) for one in (office, other))
    nobodys = put(outcome="unroutable")

    assert found(office, office.workspace_id) == [mine]
    assert found(office, other.workspace_id) == [theirs]
    assert found(office, Scope.NOBODY) == [nobodys]
    assert found(office, Scope.EVERYTHING) == [nobodys, theirs, mine]


@pytest.mark.parametrize("whose", [*Scope])
def test_the_operators_scopes_have_filters_too(office: Office, put: Put, whose: Scope) -> None:
    put(outcome="ignored")
    unroutable = put(outcome="unroutable", kind="unknown:reaction")

    assert found(office, whose, outcome="unroutable") == [unroutable]
    assert found(office, whose, kind="unknown") == [unroutable]


def test_an_outcome_of_another_workspace_is_not_found(
    office: Office, other: Office, put: Put
) -> None:
    put(workspace_id=other.workspace_id, outcome="failed")
    account = office.row(ChannelAccount, ChannelAccount.workspace_id == other.workspace_id)
    put(workspace_id=other.workspace_id, account_id=account.id)

    assert found(office, office.workspace_id, outcome="failed") == []
    assert found(office, office.workspace_id, account_id=account.id) == []
    with reading(office.engine) as session, pytest.raises(NotFound):
        ledger.entry(session, office.workspace_id, 1)


def test_a_kind_finds_what_is_below_it_and_nothing_beside(office: Office, put: Put) -> None:
    mine = {"workspace_id": office.workspace_id}
    reaction, edit = (put(kind=f"unknown:{name}", **mine) for name in ("reaction", "a%b"))
    put(kind="unknownish", **mine)

    assert found(office, office.workspace_id, kind="unknown") == [edit, reaction]
    assert found(office, office.workspace_id, kind="unknown:reaction") == [reaction]
    assert found(office, office.workspace_id, kind="%") == []


def test_an_account_is_found_with_an_outcome(office: Office, put: Put) -> None:
    account = office.row(ChannelAccount)
    mine = {"workspace_id": office.workspace_id, "account_id": account.id}
    put(outcome="applied", **mine)
    failed = put(**mine)
    put(workspace_id=office.workspace_id)

    assert found(office, office.workspace_id, account_id=account.id, outcome="failed") == [failed]


def test_a_body_that_came_twice_is_a_duplicate(office: Office, put: Put) -> None:
    mine = {"workspace_id": office.workspace_id}
    again = put(outcome="applied", received_count=2, **mine)
    put(outcome="applied", **mine)
    same = put(outcome="duplicate", **mine)

    assert found(office, office.workspace_id, outcome="duplicate") == [same, again]


def test_times_begin_with_the_first_and_end_before_the_last(office: Office, put: Put) -> None:
    mine = {"workspace_id": office.workspace_id}
    days = [put(created_at=DAY + timedelta(days=n), **mine) for n in range(9)]

    def between(since: int, until: int) -> list[int]:
        moments = {"since": DAY + timedelta(days=since), "until": DAY + timedelta(days=until)}
        return found(office, office.workspace_id, **moments)

    assert between(2, 4) == [days[3], days[2]]
    assert between(-5, 1) == [days[0]]
    assert between(8, 99) == [days[8]]
    assert between(20, 30) == between(-9, -1) == between(4, 4) == []


def test_a_moment_has_a_place_even_in_an_empty_log(office: Office) -> None:
    with reading(office.engine) as session:
        assert first_id_since(session, DAY) <= 1


def test_a_moment_is_found_in_few_looks(office: Office, put: Put) -> None:
    places = [put(created_at=DAY + timedelta(hours=n)) for n in range(0, 40, 2)]
    with reading(office.engine) as session:
        for number, place in enumerate(places):
            moment = DAY + timedelta(hours=2 * number)
            assert first_id_since(session, moment) == place
            assert first_id_since(session, moment - timedelta(minutes=1)) == place


def test_ids_are_a_range_with_both_ends(office: Office, put: Put) -> None:
    ids = [put(workspace_id=office.workspace_id) for _ in range(5)]

    assert found(office, office.workspace_id, from_id=ids[1], to_id=ids[3]) == ids[3:0:-1]


def test_pages_meet_and_end(office: Office, put: Put) -> None:
    ids = [put(workspace_id=office.workspace_id) for _ in range(5)]
    seen: list[int] = []
    before: int | None = None
    with reading(office.engine) as session:
        while True:
            page = ledger.page(session, office.workspace_id, Wanted(), before_id=before, limit=2)
            seen += [one.event.id for one in page.entries]
            before = page.next_before
            if before is None:
                break

    assert seen == ids[::-1]


def test_a_page_stops_looking_and_leads_on(
    office: Office, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = put(workspace_id=office.workspace_id, kind="postback")
    for _ in range(7):
        put(workspace_id=office.workspace_id)
    monkeypatch.setattr(ledger, "SCAN", 3)
    wanted = Wanted(kind="postback")
    with reading(office.engine) as session:
        first = ledger.page(session, office.workspace_id, wanted)
        second = ledger.page(session, office.workspace_id, wanted, before_id=first.next_before)
        third = ledger.page(session, office.workspace_id, wanted, before_id=second.next_before)

    assert (first.entries, second.entries) == ([], [])
    assert [one.event.id for one in third.entries] == [rare]
    assert third.next_before is None
