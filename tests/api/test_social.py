"""The social API: a channel's accounts, messages and standing, and sending by Meta's ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.blueprints import social as routes
from app.channels.registry import CHANNELS
from app.crypto import Vault
from app.inbox import integrations
from app.models import (
    Attachment,
    ChannelAccount,
    ContactIdentity,
    Conversation,
    Delivery,
    ExternalEvent,
    Integration,
)
from app.models.database import reading, writing
from tests.api.conftest import make_conversation, make_message
from tests.api.test_statements import counted

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from tests.api.conftest import Answer, Api, Tenant

MESSAGES = "/api/social/instagram-messages/"
ACCOUNTS = "/api/social/instagram-accounts/"
STATUS = "/api/social/instagram/status/"
SEND = "/api/social/instagram/send-message/"
PERSON = "person customer of Ours"


def connect_another(engine: Engine, vault: Vault, ours: Tenant) -> int:
    """Connect a second account to our workspace and return its id."""
    raw = {"name": "instagram", "config": {"instagramPageId": "1784000000000009"}}
    with writing(engine) as session:
        made = integrations.load(
            session, ours.workspace_id, integrations.read_input(raw).data, vault
        )
        return made.accounts[0].id


def queued(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count(Delivery.id))) or 0


def texts(answer: Answer) -> list[str]:
    return [item["text"] for item in answer.json["items"]]


def test_every_channel_has_its_addresses() -> None:
    assert set(routes.NAMES) == set(CHANNELS)


class TestMessages:
    def test_the_newest_comes_first_from_all_accounts(
        self, api: Api, ours: Tenant, engine: Engine, vault: Vault
    ) -> None:
        other = connect_another(engine, vault, ours)
        with writing(engine) as session:
            thread = make_conversation(session, session.get_one(ChannelAccount, other), "b")
            make_message(session, thread, "between", at=20)
            first = session.get_one(Conversation, ours.conversation_id)
            make_message(session, first, "old", at=10)
            make_message(session, first, "new", at=2**42)

        answer = api.get(MESSAGES)

        assert texts(answer) == ["new", "hello", "between", "old"]
        assert answer.json["items"][2]["account_id"] == other
        assert answer.json["items"][0]["contact"]["external_id"] == PERSON
        assert answer.json["items"][0]["conversation_id"] == ours.conversation_id

    def test_pages_hold_each_message_once(self, api: Api, ours: Tenant, engine: Engine) -> None:
        with writing(engine) as session:
            thread = session.get_one(Conversation, ours.conversation_id)
            for number in range(5):
                make_message(session, thread, str(number), at=7)
        seen: list[str] = []
        cursor = None
        while cursor or not seen:
            page = api.get(MESSAGES, limit=2, **({"cursor": cursor} if cursor else {}))
            seen += texts(page)
            cursor = page.json["next_cursor"]

        assert seen == ["hello", "4", "3", "2", "1", "0"]

    @pytest.mark.parametrize("name", ["ours", "metas"])
    def test_one_account_by_our_id_or_metas(
        self, api: Api, ours: Tenant, engine: Engine, vault: Vault, name: str
    ) -> None:
        other = connect_another(engine, vault, ours)
        with writing(engine) as session:
            thread = make_conversation(session, session.get_one(ChannelAccount, other), "b")
            make_message(session, thread, "there")

        wanted = str(other) if name == "ours" else "1784000000000009"
        assert texts(api.get(MESSAGES, account_id=wanted)) == ["there"]

    @pytest.mark.parametrize("name", ["ours", "metas"])
    def test_one_conversation_by_our_id_or_the_customers(
        self, api: Api, ours: Tenant, engine: Engine, name: str
    ) -> None:
        with writing(engine) as session:
            account = session.get_one(ChannelAccount, ours.account_id)
            make_message(session, make_conversation(session, account, "b"), "there")
            session.get_one(Conversation, ours.conversation_id).identity.value = "98765"

        wanted = ours.conversation_id if name == "ours" else "98765"
        assert texts(api.get(MESSAGES, conversation_id=wanted)) == ["hello"]

    def test_nothing_of_others_is_shown_or_found(self, stranger: Api, ours: Tenant) -> None:
        assert texts(stranger.get(MESSAGES)) == ["hello"]
        assert stranger.get(MESSAGES).json["items"][0]["contact"]["external_id"] != PERSON
        for name, wanted in (
            ("account_id", ours.account_id),
            ("account_id", "1784000000000001"),
            ("conversation_id", ours.conversation_id),
            ("conversation_id", "987"),
        ):
            assert stranger.get(MESSAGES, **{name: wanted}).status_code == 404

    def test_a_workspace_without_accounts_has_no_messages(
        self, api: Api, ours: Tenant, engine: Engine
    ) -> None:
        with writing(engine) as session:
            session.get_one(ChannelAccount, ours.account_id).channel = "other"

        assert api.get(MESSAGES).json == {"items": [], "next_cursor": None}
        assert api.get(MESSAGES, conversation_id=ours.conversation_id).status_code == 404

    def test_no_statement_per_row(
        self, app: Flask, api: Api, ours: Tenant, engine: Engine, vault: Vault
    ) -> None:
        def ask(first: int, last: int) -> list[int]:
            with writing(engine) as session:
                account = session.get_one(ChannelAccount, ours.account_id)
                for number in range(first, last):
                    thread = make_conversation(session, account, f"c{number}")
                    made = make_message(session, thread, "m")
                    made.author_id = ours.agent_id if number % 2 else ours.admin_id
                    made.attachments.append(
                        Attachment(workspace_id=ours.workspace_id, position=0, kind="image")
                    )
            counts = []
            for path in (MESSAGES, ACCOUNTS, STATUS):
                with counted(app.extensions["inlet"].engine) as seen:
                    assert api.get(path).json["items"]
                counts.append(len(seen))
            return counts

        few = ask(0, 2)
        connect_another(engine, vault, ours)

        assert few == ask(2, 20)
        assert max(few) <= 8


class TestAccounts:
    def test_they_are_listed_with_all_their_ids(self, api: Api, ours: Tenant) -> None:
        [account] = api.get(ACCOUNTS).json["items"]

        assert account["id"] == ours.account_id
        assert account["external_ids"] == ["1784000000000001"]
        assert account["integration_id"] == ours.integration_id
        assert account["is_connected"]
        assert account["is_enabled"]
        assert not account["is_simulated"]

    def test_a_removed_one_stays_with_its_history(self, api: Api, ours: Tenant) -> None:
        api("DELETE", f"/api/integrations/{ours.integration_id}")
        [account] = api.get(ACCOUNTS).json["items"]

        assert not account["is_connected"]
        assert account["integration_id"] is None
        assert texts(api.get(MESSAGES)) == ["hello"]


class TestStatus:
    def test_it_tells_of_the_last_event_and_the_last_send(
        self, api: Api, ours: Tenant, engine: Engine
    ) -> None:
        [before] = api.get(STATUS).json["items"]
        api.reply(ours.conversation_id, text="hi")
        [after] = api.get(STATUS).json["items"]

        with reading(engine) as session:
            event = session.get_one(ExternalEvent, ours.event_id)
            received = event.created_at.isoformat().replace("+00:00", "Z")
        assert before["is_proven"]
        assert before["last_event_at"] == received
        assert (before["last_send_at"], before["last_send_status"]) == (None, None)
        assert after["last_send_status"] == "queued"
        assert after["last_send_at"] is not None

    def test_an_account_that_is_switched_off_says_so(
        self, api: Api, ours: Tenant, engine: Engine
    ) -> None:
        with writing(engine) as session:
            session.get_one(Integration, ours.integration_id).is_enabled = False
            session.get_one(ChannelAccount, ours.account_id).proven_at = None
        [account] = api.get(STATUS).json["items"]

        assert account["is_connected"]
        assert not account["is_enabled"]
        assert not account["is_proven"]


class TestSending:
    @pytest.fixture(autouse=True)
    def _customer(self, ours: Tenant, engine: Engine) -> None:
        with writing(engine) as session:
            session.get_one(Conversation, ours.conversation_id).identity.value = "9001"

    @pytest.mark.parametrize(
        "named",
        [
            {"recipient_id": "9001"},
            {"recipient_id": 9001},
            {"conversation_id": "9001"},
            {"conversation_id": "{conversation}"},
            {"recipient_id": "9001", "account_id": "1784000000000001"},
            {"recipient_id": "9001", "account_id": "{account}"},
        ],
    )
    def test_the_customer_is_found_by_our_id_or_metas(
        self, api: Api, ours: Tenant, named: dict[str, Any]
    ) -> None:
        ids = {"{conversation}": ours.conversation_id, "{account}": ours.account_id}
        body = {name: ids.get(str(value), value) for name, value in named.items()}
        answer = api.post(SEND, **body, text="hi")
        [newest, _question] = api.get(MESSAGES).json["items"]

        assert answer.status_code == 202
        assert answer.json["status"] == "queued"
        assert (newest["id"], newest["conversation_id"]) == (
            answer.json["id"],
            ours.conversation_id,
        )

    def test_message_is_another_name_for_text(self, api: Api) -> None:
        answer = api.post(SEND, recipient_id="9001", message="hi")

        assert answer.json["text"] == "hi"
        assert api.post(SEND, recipient_id="9001", message="a", text="b").status_code == 422

    def test_the_same_client_id_again_is_the_same_message(self, api: Api, engine: Engine) -> None:
        first = api.post(SEND, recipient_id="9001", text="hi", client_id="c")
        again = api.post(SEND, recipient_id="9001", text="hi", client_id="c")
        other = api.post(SEND, recipient_id="9001", text="ho", client_id="c")

        assert (first.status_code, again.status_code, other.status_code) == (202, 200, 409)
        assert again.json == first.json
        assert queued(engine) == 1

    def test_who_never_wrote_is_not_found(self, api: Api, engine: Engine) -> None:
        answer = api.post(SEND, recipient_id="424242", text="hi")

        assert answer.status_code == 422
        assert answer.json["error"]["message"] == "User not found."
        assert "wrote first" in answer.json["error"]["explanation"]
        assert answer.json["error"]["next_step"]
        assert queued(engine) == 0

    def test_with_several_accounts_it_must_be_said_which(
        self, api: Api, ours: Tenant, engine: Engine, vault: Vault
    ) -> None:
        other = connect_another(engine, vault, ours)
        unsaid = api.post(SEND, recipient_id="9001", text="hi")
        elsewhere = api.post(SEND, recipient_id="9001", account_id=other, text="hi")
        said = api.post(SEND, recipient_id="9001", account_id=ours.account_id, text="hi")
        ours_only = api.post(SEND, conversation_id=ours.conversation_id, text="hi")

        assert unsaid.status_code == 422
        for account in (f"{ours.account_id} (", f"{other} ("):
            assert account in unsaid.json["error"]["explanation"]
        assert elsewhere.json["error"]["message"] == "User not found."
        assert (said.status_code, ours_only.status_code) == (202, 202)
        assert queued(engine) == 2

    def test_a_removed_account_does_not_count(
        self, api: Api, ours: Tenant, engine: Engine, vault: Vault
    ) -> None:
        other = connect_another(engine, vault, ours)
        with writing(engine) as session:
            gone = session.get_one(ChannelAccount, other).integration
            assert gone is not None
            gone.deleted_at = clock.now()

        assert api.post(SEND, recipient_id="9001", text="hi").status_code == 202

    def test_without_a_connected_account_it_says_so(
        self, api: Api, ours: Tenant, engine: Engine
    ) -> None:
        with writing(engine) as session:
            session.get_one(ChannelAccount, ours.account_id).channel = "other"
        answer = api.post(SEND, recipient_id="9001", text="hi")

        assert answer.status_code == 422
        assert "No account" in answer.json["error"]["message"]

    @pytest.mark.parametrize("named", [{}, {"recipient_id": "9001", "conversation_id": "9001"}])
    def test_the_customer_must_be_named_once(
        self, api: Api, engine: Engine, named: dict[str, str]
    ) -> None:
        assert api.post(SEND, **named, text="hi").status_code == 422
        assert queued(engine) == 0

    @pytest.mark.parametrize(
        "body",
        [
            {"recipient_id": "9001"},
            {"recipient_id": "9001", "text": " "},
            {"recipient_id": "9001", "text": "x" * 1001},
            {"recipient_id": "9001", "text": "x", "attachments": [{"url": "https://a.example/"}]},
            {"recipient_id": "9001", "text": "x", "recipient": "9001"},
            {"recipient_id": True, "text": "x"},
            {"recipient_id": "9" * 5000, "text": "x"},
            {"recipient_id": "a b", "text": "x"},
            {"account_id": "424242", "recipient_id": "9001", "text": "x"},
        ],
    )
    def test_what_cannot_be_sent_is_422(
        self, api: Api, engine: Engine, body: dict[str, Any]
    ) -> None:
        assert api.post(SEND, **body).status_code == 422
        assert queued(engine) == 0

    def test_after_the_window_closed_it_is_422(
        self, api: Api, ours: Tenant, engine: Engine
    ) -> None:
        with writing(engine) as session:
            session.get_one(Conversation, ours.conversation_id).window_opened_at = None

        assert api.post(SEND, recipient_id="9001", text="late").json["error"]["code"] == 10

    def test_a_stranger_reaches_nobody_of_ours(
        self, stranger: Api, ours: Tenant, engine: Engine
    ) -> None:
        for named in (
            {"conversation_id": ours.conversation_id},
            {"conversation_id": "9001"},
            {"recipient_id": "9001"},
            {"recipient_id": "9001", "account_id": ours.account_id},
            {"recipient_id": "9001", "account_id": "1784000000000001"},
        ):
            answer = stranger.post(SEND, **named, text="hi")
            assert answer.status_code == 422
            assert "1784000000000001" not in answer.text
        assert queued(engine) == 0

    def test_the_same_id_at_another_workspace_is_another_person(
        self, stranger: Api, theirs: Tenant, engine: Engine
    ) -> None:
        with writing(engine) as session:
            session.query(ContactIdentity).filter_by(
                workspace_id=theirs.workspace_id
            ).one().value = "9001"
        stranger.post(SEND, recipient_id="9001", text="hi")

        with reading(engine) as session:
            assert session.query(Delivery).one().conversation_id == theirs.conversation_id
