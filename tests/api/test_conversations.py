from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.models import ChannelAccount, ChannelCounter, Conversation, Delivery, Message, Workspace
from app.models.database import reading, writing
from app.models.states import DeliveryState
from tests.api.conftest import make_conversation, make_message

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.api.conftest import Api, Tenant

LIST = "/api/inbox/conversations"


def _stick(engine: Engine, message_id: int, state: DeliveryState) -> None:
    with writing(engine) as session:
        message = session.get_one(Message, message_id)
        delivery = session.query(Delivery).filter_by(message_id=message_id).one()
        delivery.state = message.status = state
        message.error_code, message.error_message = 190, "Error validating access token"


def test_a_conversation_is_shown_as_the_contract_says(api: Api, ours: Tenant) -> None:
    found = api.get(LIST).json["items"]

    assert len(found) == 1
    shown = found[0]
    assert shown["id"] == ours.conversation_id
    assert shown["integration_id"] == ours.integration_id
    assert shown["contact"] == {
        "id": ours.contact_id,
        "name": "customer of Ours",
        "username": None,
        "external_id": "person customer of Ours",
    }
    assert shown["window"]["state"] == "open"
    closes_at = datetime.fromisoformat(shown["window"]["closes_at"])
    assert clock.now() < closes_at < clock.now() + timedelta(hours=24)
    assert (shown["status"], shown["assignee"], shown["unread_count"]) == ("open", None, 1)
    assert shown["last_message_preview"] == "hello"
    assert api.get(f"{LIST}/{ours.conversation_id}").json == shown


def test_pages_meet_without_gap_or_overlap(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        account = session.get_one(ChannelAccount, ours.account_id)
        same_moment = 1_800_000_000_000
        for number in range(6):
            make_conversation(session, account, f"c{number}").position_at = same_moment
    seen, cursor = [], None
    for _ in range(4):
        page = api.get(LIST, limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]

    assert len(seen) == len(set(seen)) == 7
    assert cursor is None


def test_filters_narrow_the_list(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        account = session.get_one(ChannelAccount, ours.account_id)
        other = make_conversation(session, account, "100% Ana_Maria")
        other.status, other.assignee_id = "archived", ours.agent_id
        archived = other.id

    def ids(**query: object) -> list[int]:
        return [one["id"] for one in api.get(LIST, **query).json["items"]]

    assert ids() == [ours.conversation_id]
    assert ids(status="archived") == [archived]
    assert ids(status="archived", assignee=ours.agent_id) == [archived]
    assert ids(status="archived", assignee="none") == []
    assert ids(status="archived", q="% ana_") == [archived]
    assert ids(status="archived", q="%ana%") == [archived]
    assert ids(status="archived", q="nobody") == []
    assert ids(view="archived") == [archived]
    assert ids(view="unassigned", sort="ending", channel="instagram") == [ours.conversation_id]
    assert ids(view="mine", sort="ending", channel="instagram") == []
    assert ids(channel="instagram", q="customer") == [ours.conversation_id]
    assert ids(q="\0customer") == [ours.conversation_id]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0}, {"limit": 101}, {"limit": "many"}, {"limit": "9" * 30}, {"limit": "1e1"},
        {"cursor": "x"}, {"cursor": "é"}, {"cursor": "OTk5OTk5OTk5OTk5OTk5OTk5OTkuMQ"},
        {"cursor": "MQ"}, {"cursor": "A" * 5000}, {"status": "lost"}, {"channel": "\0"},
        {"channel": "fax"}, {"assignee": "me"}, {"assignee": "9" * 30}, {"q": "x" * 201},
    ],
)  # fmt: skip
def test_a_wrong_query_is_400(api: Api, query: dict[str, object]) -> None:
    refused = api.get(LIST, **query)

    assert refused.status_code == 400
    assert refused.mimetype == "application/problem+json"


def test_messages_come_oldest_first_from_the_beginning(
    api: Api, ours: Tenant, engine: Engine
) -> None:
    with writing(engine) as session:
        conversation = session.get_one(Conversation, ours.conversation_id)
        for number in range(4):
            make_message(session, conversation, f"early {number}", at=1000 + number // 2)
    path = f"{LIST}/{ours.conversation_id}/messages"
    first = api.get(path, limit=3).json
    rest = api.get(path, limit=3, cursor=first["next_cursor"]).json

    texts = [one["text"] for one in first["items"] + rest["items"]]
    assert texts == ["early 0", "early 1", "early 2", "early 3", "hello"]
    assert rest["next_cursor"] is None
    assert first["items"][0]["position_at"] == "1970-01-01T00:00:01Z"


def test_an_internal_id_is_not_shown_as_metas(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        conversation = session.get_one(Conversation, ours.conversation_id)
        make_message(session, conversation, "a", at=1, external_id="item:00ff")
        make_message(session, conversation, "b", at=2, external_id="mid.1")
    shown = api.get(f"{LIST}/{ours.conversation_id}/messages", limit=2).json["items"]

    assert [one["external_id"] for one in shown] == [None, "mid.1"]


def test_mark_read_is_the_teams(api: Api, ours: Tenant, engine: Engine) -> None:
    changed = api.patch(f"{LIST}/{ours.conversation_id}", read=True)
    api.patch(f"{LIST}/{ours.conversation_id}", read=True)

    assert changed.json["unread_count"] == 0
    assert changed.json["waiting_since"] is not None
    with reading(engine) as session:
        counter = session.get_one(ChannelCounter, (ours.workspace_id, "instagram"))
        assert counter.unread_conversations == 0


def test_a_change_raises_both_versions_once(api: Api, ours: Tenant, engine: Engine) -> None:
    before = _versions(engine, ours)
    api.patch(f"{LIST}/{ours.conversation_id}", status="resolved")
    api.patch(f"{LIST}/{ours.conversation_id}")

    assert _versions(engine, ours) == [version + 1 for version in before]


def test_snoozing_takes_a_time_and_opening_forgets_it(api: Api, ours: Tenant) -> None:
    path = f"{LIST}/{ours.conversation_id}"
    until = clock.now().replace(microsecond=0) + timedelta(days=2)
    later = until + timedelta(days=1)
    elsewhere = until.astimezone(timezone(timedelta(hours=2)))
    snoozed = api.patch(path, status="snoozed", snoozed_until=elsewhere.isoformat())

    assert datetime.fromisoformat(snoozed.json["snoozed_until"]) == until
    assert api.patch(path, snoozed_until=later.isoformat()).status_code == 200
    assert api.patch(path, status="open").json["snoozed_until"] is None


def test_assigning_and_unassigning(api: Api, ours: Tenant) -> None:
    path = f"{LIST}/{ours.conversation_id}"

    assert api.patch(path, assignee_id=ours.agent_id).json["assignee"]["id"] == ours.agent_id
    assert api.patch(path, status="pending").json["assignee"]["id"] == ours.agent_id
    assert api.patch(path, assignee_id=None).json["assignee"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"status": "snoozed"},
        {"status": "snoozed", "snoozed_until": "2020-01-01T00:00:00Z"},
        {"status": "open", "snoozed_until": "2100-01-01T00:00:00Z"},
        {"snoozed_until": "2100-01-01T00:00:00Z"},
        {"status": "snoozed", "snoozed_until": "2100-01-01T00:00:00"},
        {"status": "snoozed", "snoozed_until": "9999-12-31T23:59:59-23:59"},
        {"status": "snoozed", "snoozed_until": 1e30},
        {"status": "gone"},
        {"assignee_id": 10**6},
        {"assignee_id": 2**63},
        {"assignee_id": "1"},
        {"assignee_id": True},
        {"read": False},
        {"colour": "red"},
    ],
)
def test_a_wrong_change_is_422_and_changes_nothing(
    api: Api, ours: Tenant, change: dict[str, object]
) -> None:
    before = api.get(f"{LIST}/{ours.conversation_id}").json
    refused = api.patch(f"{LIST}/{ours.conversation_id}", **change)

    assert refused.status_code == 422
    assert api.get(f"{LIST}/{ours.conversation_id}").json == before


def test_half_a_change_is_not_made(api: Api, ours: Tenant, theirs: Tenant) -> None:
    path = f"{LIST}/{ours.conversation_id}"
    refused = api.patch(path, status="resolved", assignee_id=theirs.agent_id)

    assert refused.status_code == 422
    assert api.get(path).json["status"] == "open"


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.UNCONFIRMED])
@pytest.mark.parametrize(("decision", "status"), [("retry", "queued"), ("discard", "discarded")])
def test_a_person_decides_on_what_is_stuck(
    api: Api, ours: Tenant, engine: Engine, state: DeliveryState, decision: str, status: str
) -> None:
    message_id = api.reply(ours.conversation_id, text="hi").json["id"]
    _stick(engine, message_id, state)
    decided = api.post(f"/api/messages/{message_id}/{decision}")

    assert decided.status_code == 200
    assert decided.json["status"] == status
    assert api.post(f"/api/messages/{message_id}/{decision}").status_code == 409


def test_what_waits_is_discarded(api: Api, ours: Tenant) -> None:
    message_id = api.reply(ours.conversation_id, text="hi").json["id"]

    assert api.post(f"/api/messages/{message_id}/discard").json["status"] == "discarded"


def test_nothing_is_sent_again_once_the_window_is_closed(
    api: Api, ours: Tenant, engine: Engine
) -> None:
    message_id = api.reply(ours.conversation_id, text="hi").json["id"]
    _stick(engine, message_id, DeliveryState.FAILED)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        refused = api.post(f"/api/messages/{message_id}/retry")

    assert refused.status_code == 422
    assert refused.json["error"]["message"] == "The time to answer this customer is over."


def test_a_failed_message_says_why_and_what_to_do(api: Api, ours: Tenant, engine: Engine) -> None:
    message_id = api.reply(ours.conversation_id, text="hi").json["id"]
    _stick(engine, message_id, DeliveryState.FAILED)
    shown = api.get(f"{LIST}/{ours.conversation_id}/messages").json["items"][-1]

    assert shown["error"]["code"] == 190
    assert "admin" in shown["error"]["next_step"]


def test_an_inbound_message_cannot_be_retried(api: Api, ours: Tenant) -> None:
    assert api.post(f"/api/messages/{ours.message_id}/retry").status_code == 404


def _versions(engine: Engine, ours: Tenant) -> list[int]:
    with reading(engine) as session:
        conversation = session.get_one(Conversation, ours.conversation_id)
        return [conversation.version, session.get_one(Workspace, ours.workspace_id).version]
