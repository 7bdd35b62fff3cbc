"""Sending over the social API: the customer is named by our ids or by Meta's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.crypto import Vault
from app.models import ChannelAccount, ContactIdentity, Conversation, Delivery
from app.models.database import reading, writing
from tests.api.test_social import MESSAGES, connect_another

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.api.conftest import Api, Tenant

SEND = "/api/social/instagram/send-message/"


def queued(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count(Delivery.id))) or 0


@pytest.fixture(autouse=True)
def _customer(ours: Tenant, engine: Engine) -> None:
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
    api: Api, ours: Tenant, named: dict[str, Any]
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


def test_message_is_another_name_for_text(api: Api) -> None:
    answer = api.post(SEND, recipient_id="9001", message="hi")

    assert answer.json["text"] == "hi"
    assert api.post(SEND, recipient_id="9001", message="a", text="b").status_code == 422


def test_the_same_client_id_again_is_the_same_message(api: Api, engine: Engine) -> None:
    first = api.post(SEND, recipient_id="9001", text="hi", client_id="c")
    again = api.post(SEND, recipient_id="9001", text="hi", client_id="c")
    other = api.post(SEND, recipient_id="9001", text="ho", client_id="c")

    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 409)
    assert again.json == first.json
    assert queued(engine) == 1


def test_who_never_wrote_is_not_found(api: Api, engine: Engine) -> None:
    answer = api.post(SEND, recipient_id="424242", text="hi")

    assert answer.status_code == 422
    assert answer.json["error"]["message"] == "User not found."
    assert "wrote first" in answer.json["error"]["explanation"]
    assert answer.json["error"]["next_step"]
    assert queued(engine) == 0


def test_with_several_accounts_it_must_be_said_which(
    api: Api, ours: Tenant, engine: Engine, vault: Vault
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
    api: Api, ours: Tenant, engine: Engine, vault: Vault
) -> None:
    other = connect_another(engine, vault, ours)
    with writing(engine) as session:
        gone = session.get_one(ChannelAccount, other).integration
        assert gone is not None
        gone.deleted_at = clock.now()

    assert api.post(SEND, recipient_id="9001", text="hi").status_code == 202


def test_without_a_connected_account_it_says_so(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(ChannelAccount, ours.account_id).channel = "other"
    answer = api.post(SEND, recipient_id="9001", text="hi")

    assert answer.status_code == 422
    assert "No account" in answer.json["error"]["message"]


@pytest.mark.parametrize("named", [{}, {"recipient_id": "9001", "conversation_id": "9001"}])
def test_the_customer_must_be_named_once(api: Api, engine: Engine, named: dict[str, str]) -> None:
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
def test_what_cannot_be_sent_is_422(api: Api, engine: Engine, body: dict[str, Any]) -> None:
    assert api.post(SEND, **body).status_code == 422
    assert queued(engine) == 0


def test_after_the_window_closed_it_is_422(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(Conversation, ours.conversation_id).window_opened_at = None

    assert api.post(SEND, recipient_id="9001", text="late").json["error"]["code"] == 10


def test_a_stranger_reaches_nobody_of_ours(stranger: Api, ours: Tenant, engine: Engine) -> None:
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
    stranger: Api, theirs: Tenant, engine: Engine
) -> None:
    with writing(engine) as session:
        session.query(ContactIdentity).filter_by(
            workspace_id=theirs.workspace_id
        ).one().value = "9001"
    stranger.post(SEND, recipient_id="9001", text="hi")

    with reading(engine) as session:
        assert session.query(Delivery).one().conversation_id == theirs.conversation_id
