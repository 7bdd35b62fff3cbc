"""The social API: a channel's accounts, messages and standing, and sending by Meta's ids."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app import clock
from app.blueprints import social as routes
from app.channels.registry import CHANNELS
from app.crypto import Vault
from app.inbox import integrations, token_check
from app.inbox.token_check import Told
from app.models import (
    Attachment,
    ChannelAccount,
    Conversation,
    ExternalEvent,
    Integration,
)
from app.models.database import reading, writing
from tests.api.conftest import make_conversation, make_message
from tests.statements import asked

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from tests.api.conftest import Answer, Api, Tenant

MESSAGES = "/api/social/instagram-messages/"
ACCOUNTS = "/api/social/instagram-accounts/"
STATUS = "/api/social/instagram/status/"
PERSON = "person customer of Ours"


def connect_another(engine: Engine, vault: Vault, ours: Tenant) -> int:
    """Connect a second account to our workspace and return its id."""
    raw = {"name": "instagram", "config": {"instagramPageId": "1784000000000009"}}
    with writing(engine) as session:
        made = integrations.load(
            session, ours.workspace_id, integrations.read_input(raw).data, vault
        )
        return made.accounts[0].id


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
                with asked(app.extensions["inlet"].engine) as seen:
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

    def test_the_token_stands_as_it_was_last_checked(
        self, api: Api, ours: Tenant, engine: Engine
    ) -> None:
        def token() -> dict[str, Any]:
            found: dict[str, Any] = api.get(STATUS).json["items"][0]["token"]
            return found

        assert token()["state"] == "unchecked"
        now = clock.now()
        for told, state in (
            (Told(is_valid=True, expires_at=now + timedelta(days=1)), "valid"),
            (Told(is_valid=True, expires_at=now), "expired"),
            (Told(is_valid=False, problem=token_check.NO_TOKEN), "refused"),
            (Told(is_valid=None), "unknown"),
        ):
            with writing(engine) as session:
                integration = session.get_one(Integration, ours.integration_id)
                integration.checked_at = now
                integration.check_result = told.model_dump(mode="json")
            assert token()["state"] == state
            assert bool(token()["error"]) == (state == "refused")
