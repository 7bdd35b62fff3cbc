from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

import pytest
import responses

from app.inbox import integrations
from app.models import AccountAddress, ChannelAccount, Delivery, Integration, Message
from app.models.database import reading, writing
from tests.api.conftest import Api, browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy import Engine

    from app.crypto import Vault
    from tests.api.conftest import Tenant

PATH = "/api/integrations"
PAGE, ACCOUNT = "1010", "17842020"


@pytest.fixture
def meta() -> Iterator[responses.RequestsMock]:
    """Meta, where the token speaks for the Page and its Instagram account."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(
            "https://graph.facebook.com/v23.0/me",
            json={"id": PAGE, "instagram_business_account": {"id": ACCOUNT}},
        )
        yield mock


def given(**more: Any) -> dict[str, Any]:
    return {"name": "instagram", "accessToken": "EAAG", "config": {"pageId": PAGE}, **more}


def _proven(engine: Engine, integration_id: int) -> list[bool]:
    with reading(engine) as session:
        accounts = session.get_one(Integration, integration_id).accounts
        return [account.proven_at is not None for account in accounts]


def _fail(engine: Engine, message_id: int, state: str = "failed") -> None:
    with writing(engine) as session:
        session.query(Delivery).filter_by(message_id=message_id).one().state = state
        session.get_one(Message, message_id).status = state


def test_the_json_as_written_makes_an_integration(
    api: Api, meta: responses.RequestsMock, engine: Engine
) -> None:
    made = api.post(
        PATH,
        name="instagram",
        provider="Meta",
        isEnabled=True,
        accessToken="EAAG-very-secret",
        apiSecret="app-very-secret",
        config={"webhookVerifyToken": "verify-very-secret", "pageId": PAGE},
    )

    assert made.status_code == 201
    assert made.json["has_access_token"] is True
    assert made.json["has_api_secret"] is True
    assert made.json["has_webhook_verify_token"] is True
    assert made.json["accounts"][0]["external_ids"] == [PAGE, ACCOUNT]
    assert made.json["warnings"] == []
    shown = api.get(f"{PATH}/{made.json['id']}")
    assert "very-secret" not in made.text + shown.text + api.get(PATH).text
    with reading(engine) as session:
        stored = session.get_one(Integration, made.json["id"])
        assert "very-secret" not in f"{stored.access_token}{stored.api_secret}"


def test_loading_again_updates_and_answers_200(api: Api, meta: responses.RequestsMock) -> None:
    first = api.post(PATH, **given())
    again = api.post(PATH, **given(config={"instagramPageId": ACCOUNT, "humanAgent": True}))

    assert again.status_code == 200
    assert again.json["id"] == first.json["id"]
    assert again.json["config"]["human_agent"] is True


def test_unknown_keys_are_named(api: Api, meta: responses.RequestsMock) -> None:
    made = api.post(PATH, **given(colour="red", config={"pageId": PAGE, "wabaId": "1"}))

    assert made.status_code == 201
    warnings = " ".join(made.json["warnings"])
    assert "colour" in warnings
    assert "config.wabaId" in warnings


@pytest.mark.usefixtures("meta")
def test_another_workspaces_account_is_409(api: Api, stranger: Api) -> None:
    assert api.post(PATH, **given()).status_code == 201
    refused = stranger.post(PATH, **given(apiSecret="mine"))

    assert refused.status_code == 409
    assert len(stranger.get(PATH).json["items"]) == 1


@pytest.mark.usefixtures("meta")
def test_of_two_claims_at_once_the_one_counts_that_meta_confirms(
    stranger: Api, ours: Tenant, theirs: Tenant, engine: Engine, vault: Vault
) -> None:
    claimed = integrations.read_input(given(config={"pageId": PAGE})).data
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as session:
            integrations.load(session, ours.workspace_id, claimed, vault)
            second = pool.submit(stranger.post, PATH, **given())
            # It must have begun, so that it meets the claim before this is committed.
            wait([second], timeout=1)
        assert second.result().status_code == 201
    with reading(engine) as session:
        address = session.get_one(AccountAddress, ("instagram", PAGE))
        assert address.account.workspace_id == theirs.workspace_id


@pytest.mark.usefixtures("meta")
def test_a_change_to_another_workspaces_account_is_409(
    api: Api, stranger: Api, theirs: Tenant
) -> None:
    api.post(PATH, **given())
    path = f"{PATH}/{theirs.integration_id}"
    refused = stranger.patch(path, config={"page_id": PAGE})

    assert refused.status_code == 409
    assert stranger.get(path).json["config"]["page_id"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "fax"}, {"name": ["instagram"]}, {"config": None}, {"config": []},
        {"config": {"pageId": "x"}}, {"config": {"pageId": "٣"}}, {"config": {"login": "x"}},
        {"isEnabled": "perhaps"}, {"accessToken": 5}, {"apiSecret": "x" * 1001},
    ],
)  # fmt: skip
def test_a_wrong_integration_is_422(api: Api, ours: Tenant, wrong: dict[str, Any]) -> None:
    refused = api.post(PATH, **given(**wrong))

    assert refused.status_code == 422
    assert refused.json["errors"]
    assert len(api.get(PATH).json["items"]) == 1


def test_without_a_secret_of_its_own_the_token_must_prove_the_account(
    api: Api, meta: responses.RequestsMock, engine: Engine
) -> None:
    foreign = api.post(PATH, **given(config={"pageId": "999"}))
    own = api.post(PATH, **given())

    assert _proven(engine, foreign.json["id"]) == [False]
    assert "another account" in foreign.json["warnings"][0]
    assert _proven(engine, own.json["id"]) == [True]


def test_an_id_that_the_token_does_not_speak_for_is_not_smuggled_in(
    api: Api, meta: responses.RequestsMock, engine: Engine
) -> None:
    made = api.post(PATH, **given())
    changed = api.patch(f"{PATH}/{made.json['id']}", config={"instagram_page_id": "999"})

    assert changed.json["accounts"][0]["external_ids"] == [PAGE, ACCOUNT]
    with reading(engine) as session:
        assert session.get(AccountAddress, ("instagram", "999")) is None


def test_while_meta_is_away_a_new_id_is_unproven(api: Api, engine: Engine) -> None:
    with responses.RequestsMock() as meta:
        meta.get(
            "https://graph.facebook.com/v23.0/me",
            json={"id": PAGE, "instagram_business_account": {"id": ACCOUNT}},
        )
        made = api.post(PATH, **given())
    with responses.RequestsMock() as meta:
        meta.get("https://graph.facebook.com/v23.0/me", status=500)
        changed = api.patch(f"{PATH}/{made.json['id']}", config={"instagram_page_id": "999"})

    assert changed.status_code == 200
    assert changed.json["warnings"]
    assert _proven(engine, made.json["id"]) == [False]


def test_a_forgotten_secret_takes_its_proof_along(
    api: Api, ours: Tenant, engine: Engine, meta: responses.RequestsMock
) -> None:
    made = api.post(PATH, **given(apiSecret="made up", config={"pageId": "999"})).json
    assert _proven(engine, made["id"]) == [True]
    api("DELETE", f"{PATH}/{made['id']}")
    again = api.post(PATH, **given(config={"pageId": "999"}))

    assert again.status_code == 201
    assert _proven(engine, again.json["id"]) == [False]


def test_an_account_that_changes_hands_is_proven_anew(
    api: Api, engine: Engine, meta: responses.RequestsMock
) -> None:
    api.post(PATH, **given(apiSecret="made up", config={"pageId": "999"}))
    other = api.post(PATH, **given()).json
    api.patch(f"{PATH}/{other['id']}", config={"page_id": "999", "instagram_page_id": "999"})

    with reading(engine) as session:
        address = session.get_one(AccountAddress, ("instagram", "999"))
        assert address.account.integration_id == other["id"]
        assert address.account.proven_at is None


def test_no_transaction_is_open_while_meta_is_asked(api: Api, app: Flask) -> None:
    pool = app.extensions["inlet"].engine.pool
    held = []

    def busy(_request: object) -> tuple[int, dict[str, str], str]:
        held.append(pool.checkedout())
        return 200, {}, f'{{"id": "{PAGE}"}}'

    with responses.RequestsMock() as meta:
        meta.add_callback("GET", "https://graph.facebook.com/v23.0/me", busy)
        assert api.post(PATH, **given()).status_code == 201

    assert held == [0]


@pytest.mark.usefixtures("meta")
def test_disabling_holds_the_queue_and_enabling_lets_it_go(
    api: Api, ours: Tenant, engine: Engine
) -> None:
    path = f"{PATH}/{ours.integration_id}"
    message_id = api.reply(ours.conversation_id, text="hi").json["id"]

    def states() -> tuple[str, str]:
        with reading(engine) as session:
            delivery = session.query(Delivery).filter_by(message_id=message_id).one()
            return delivery.state, session.get_one(Message, message_id).status

    assert api.patch(path, is_enabled=False).json["is_enabled"] is False
    assert states() == ("held", "held")
    assert api.reply(ours.conversation_id, text="more").status_code == 422
    _fail(engine, message_id)
    assert api.post(f"/api/messages/{message_id}/retry").status_code == 422
    _fail(engine, message_id, "held")
    api.patch(path, isEnabled=True)
    assert states() == ("queued", "queued")


@pytest.mark.usefixtures("meta")
def test_a_change_keeps_what_it_does_not_name(api: Api, ours: Tenant, engine: Engine) -> None:
    path = f"{PATH}/{ours.integration_id}"
    with reading(engine) as session:
        before = session.get_one(Integration, ours.integration_id)
    changed = api.patch(path, access_token=None, config={"humanAgent": True, "login": None})

    assert changed.json["config"]["instagram_page_id"] == "1784000000000001"
    with reading(engine) as session:
        after = session.get_one(Integration, ours.integration_id)
        assert after.access_token == before.access_token
        assert after.api_secret == before.api_secret
        assert after.config["webhook_verify_token"] == before.config["webhook_verify_token"]


def test_the_channel_stays(api: Api, ours: Tenant) -> None:
    refused = api.patch(f"{PATH}/{ours.integration_id}", name="whatsapp")

    assert refused.status_code == 422


def test_deleting_forgets_secrets_and_keeps_history(api: Api, ours: Tenant, engine: Engine) -> None:
    path = f"{PATH}/{ours.integration_id}"

    assert api("DELETE", path).status_code == 204
    assert api.get(path).status_code == 404
    assert api("DELETE", path).status_code == 404
    assert api.get(f"/api/inbox/conversations/{ours.conversation_id}").status_code == 200
    with reading(engine) as session:
        gone = session.get_one(Integration, ours.integration_id)
        assert (gone.access_token, gone.api_secret) == (None, None)
        assert session.get_one(ChannelAccount, ours.account_id).workspace_id == ours.workspace_id


def test_agents_keep_out(app: Flask, client: Any, ours: Tenant) -> None:
    agents = (Api(client, ours.agent_token), browser(app, ours.agent_id))
    for agent in agents:
        assert agent.get(PATH).status_code == 403
        assert agent.post(PATH, **given()).status_code == 403
        assert agent.get(f"{PATH}/{ours.integration_id}").status_code == 403
        assert agent.patch(f"{PATH}/{ours.integration_id}").status_code == 403
        assert agent("DELETE", f"{PATH}/{ours.integration_id}").status_code == 403


def test_an_integration_from_the_demo_is_marked_simulated(
    api: Api, ours: Tenant, engine: Engine
) -> None:
    with writing(engine) as session:
        session.get_one(Integration, ours.integration_id).base_url = "http://127.0.0.1:8001"

    assert api.get(f"{PATH}/{ours.integration_id}").json["is_simulated"] is True
