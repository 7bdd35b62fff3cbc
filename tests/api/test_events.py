from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.models import ExternalEvent, ExternalEventLog, User
from app.models.database import reading, writing
from tests.api.conftest import browser, make_event

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from tests.api.conftest import Api, Tenant


@pytest.fixture
def nobodys(engine: Engine) -> int:
    """An unroutable event, which belongs to no workspace."""
    with writing(engine) as session:
        return make_event(session, None, None, "m_nobody", "unroutable").id


def test_a_workspace_sees_its_own_items(
    api: Api, ours: Tenant, theirs: Tenant, nobodys: int
) -> None:
    found = api.get("/api/events").json

    assert [one["id"] for one in found["items"]] == [ours.event_id]
    assert found["next_cursor"] is None
    assert found["items"][0]["received_count"] == 3
    assert found["items"][0]["duplicates"] == 2
    assert "item" not in found["items"][0]


def test_one_event_comes_with_its_item_alone(api: Api, ours: Tenant) -> None:
    shown = api.get(f"/api/events/{ours.event_id}").json

    assert shown["item"] == {"message": {"mid": "m_Ours"}}
    assert shown["outcome"] == "parked"


def test_items_are_found_by_outcome_and_time(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(ExternalEvent, ours.event_id).created_at = datetime(2020, 1, 1, tzinfo=UTC)
        new = make_event(session, ours.workspace_id, ours.account_id, "m_new", "applied").id

    def ids(**query: object) -> list[int]:
        return [one["id"] for one in api.get("/api/events", **query).json["items"]]

    assert ids() == [new, ours.event_id]
    assert ids(outcome="applied") == [new]
    assert ids(since="2021-01-01T00:00:00Z") == [new]
    assert ids(outcome="duplicate") == [new, ours.event_id]


def test_pages_of_events_meet(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(4):
            make_event(session, ours.workspace_id, ours.account_id, f"m_{number}")
    seen, cursor = [], None
    for _ in range(3):
        page = api.get("/api/events", limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]

    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5
    assert cursor is None


@pytest.mark.parametrize(
    "query",
    [{"outcome": "odd"}, {"since": "yesterday"}, {"since": "2026-01-01"}, {"cursor": "?"},
     {"since": "0001-01-01T00:00:00+23:59"}, {"scope": "everything"}, {"limit": -1}],
)  # fmt: skip
def test_a_wrong_query_is_400(api: Api, query: dict[str, object]) -> None:
    assert api.get("/api/events", **query).status_code == 400


def test_a_parked_event_is_replayed_once(api: Api, ours: Tenant, engine: Engine) -> None:
    first = api.post(f"/api/events/{ours.event_id}/replay")
    again = api.post(f"/api/events/{ours.event_id}/replay")

    assert (first.status_code, first.json["outcome"]) == (202, "pending")
    assert again.status_code == 409
    with reading(engine) as session:
        assert session.get_one(ExternalEvent, ours.event_id).outcome == "pending"


def test_an_agent_does_not_replay(api: Api, ours: Tenant) -> None:
    agent = type(api)(api.client, ours.agent_token)

    assert agent.post(f"/api/events/{ours.event_id}/replay").status_code == 403


def test_only_the_operator_sees_what_is_nobodys(
    app: Flask, api: Api, ours: Tenant, engine: Engine, nobodys: int
) -> None:
    with writing(engine) as session:
        session.get_one(User, ours.agent_id).is_operator = True
        session.get_one(User, ours.admin_id).is_operator = False
    scope = {"scope": "installation"}

    operator, admin = browser(app, ours.agent_id), browser(app, ours.admin_id)
    seen = operator.get("/api/events", **scope).json["items"]
    assert [one["id"] for one in seen] == [nobodys]
    assert operator.get(f"/api/events/{nobodys}", **scope).json["item"]
    assert operator.get(f"/api/events/{nobodys}").status_code == 404
    assert operator.get(f"/api/events/{ours.event_id}", **scope).status_code == 404
    for other in (admin, api):
        assert other.get("/api/events", **scope).status_code == 403
        assert other.get(f"/api/events/{nobodys}", **scope).status_code == 403
        assert other.post(f"/api/events/{nobodys}/replay?scope=installation").status_code == 403


def test_items_are_found_by_account_and_kind(
    api: Api, ours: Tenant, theirs: Tenant, engine: Engine
) -> None:
    def count(**query: object) -> int:
        return len(api.get("/api/events", **query).json["items"])

    assert count(account_id=ours.account_id) == count(kind="message_received") == 1
    assert count(account_id=theirs.account_id) == count(kind="postback") == 0
    assert count(until="2021-01-01T00:00:00Z") == 0


def test_a_range_is_counted_and_then_replayed(
    api: Api, ours: Tenant, theirs: Tenant, engine: Engine
) -> None:
    with writing(engine) as session:
        last = make_event(session, ours.workspace_id, ours.account_id, "m_2", "failed").id
    wanted = {"from_id": ours.event_id, "to_id": last}

    tried = api.post("/api/events/replay", **wanted, dry_run=True)
    done = api.post("/api/events/replay", **wanted)
    again = api.post("/api/events/replay", **wanted)

    assert (tried.status_code, tried.json) == (202, {"count": 2, "rest_to": None})
    assert (done.json["count"], again.json["count"]) == (2, 0)
    with reading(engine) as session:
        outcomes = [session.get_one(ExternalEvent, ours.event_id + n).outcome for n in range(3)]
    assert outcomes == ["pending", "parked", "pending"]


@pytest.mark.parametrize(
    "given", [{}, {"dry_run": True}, {"outcome": "applied"}, {"form_id": 1}, {"from_id": -1}]
)
def test_a_replay_must_say_of_what(api: Api, given: dict[str, object]) -> None:
    assert api.post("/api/events/replay", **given).status_code == 422


def test_an_agent_does_not_replay_a_range(api: Api, ours: Tenant) -> None:
    agent = type(api)(api.client, ours.agent_token)

    assert agent.post("/api/events/replay", outcome="failed").status_code == 403


def test_a_body_that_could_not_be_unpacked_is_replayed(
    app: Flask, ours: Tenant, engine: Engine
) -> None:
    with writing(engine) as session:
        session.get_one(User, ours.admin_id).is_operator = True
        odd = make_event(session, None, None, "m_odd", "failed")
        odd.kind = "not_unpacked"

    answer = browser(app, ours.admin_id).post(f"/api/events/{odd.id}/replay?scope=installation")

    assert (answer.status_code, answer.json["outcome"]) == (202, "pending")


def test_an_item_shows_no_secret(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        log = session.get_one(ExternalEvent, ours.event_id).log_id
        item = b'{"access_token":"EAAGsomething","url":"?a=1&signature=s3"}'
        body = b'{"entry":[{"messaging":[%s]}]}' % item
        session.get_one(ExternalEventLog, log).body = body

    shown = api.get(f"/api/events/{ours.event_id}").text

    assert "(masked)" in shown
    assert "s3" not in shown
    assert "EAAG" not in shown
