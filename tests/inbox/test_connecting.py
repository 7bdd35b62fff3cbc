"""The Integration JSON is accepted as people write it, and an account belongs to one workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app import clock
from app.inbox import integrations, members, proof
from app.inbox.errors import Conflict, NotFound
from app.inbox.keyring import ChannelEnvironment, Keyring
from app.models import AccountAddress, ChannelAccount, Delivery, Integration
from app.models.database import reading, writing
from tests.bodies import ACCOUNT, PAGE, SECRET, message
from tests.office import TOKEN, Office, connect, given, vault

if TYPE_CHECKING:
    import responses
    from sqlalchemy import Engine

ME = "https://graph.facebook.com/v23.0/me"
CONFIG = {"webhookVerifyToken": "verify", "pageId": PAGE, "instagramPageId": ACCOUNT}
WRITTEN = {
    "name": "instagram",
    "provider": "Meta",
    "isEnabled": True,
    "accessToken": TOKEN,
    "apiSecret": SECRET,
    "config": CONFIG,
}
SNAKE = {
    "name": "instagram",
    "provider": "Meta",
    "is_enabled": True,
    "access_token": TOKEN,
    "api_secret": SECRET,
    "config": {
        "webhook_verify_token": "verify",
        "page_id": PAGE,
        "instagram_page_id": ACCOUNT,
    },
}


def load(office: Office, workspace_id: int | None = None, **changed: Any) -> int:
    with writing(office.engine) as session:
        place = workspace_id or office.workspace_id
        return integrations.load(session, place, given(**changed), office.keyring.vault).id


def addresses(office: Office) -> set[str]:
    return {one.external_id for one in office.rows(AccountAddress)}


def check(office: Office) -> str | None:
    return proof.check_accounts(office.engine, office.graph, office.keyring, office.integration_id)


def is_proven(office: Office) -> bool:
    return office.row(ChannelAccount).proven_at is not None


def test_both_spellings_say_the_same() -> None:
    camel, snake = integrations.read_input(WRITTEN), integrations.read_input(SNAKE)
    assert camel == snake
    assert camel.unknown_keys == ()


def test_unknown_keys_are_left_out_and_named() -> None:
    raw = WRITTEN | {"colour": "blue", "config": CONFIG | {"wabaId": "1"}}
    assert integrations.read_input(raw).unknown_keys == ("colour", "config.wabaId")


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "telegram"},
        {"config": CONFIG | {"pageId": "my-page"}},
        {"config": CONFIG | {"pageId": "٣٤"}},
        {"config": CONFIG | {"login": "twitter"}},
        {"config": None},
        {"isEnabled": "perhaps"},
        {"accessToken": "x" * 5_001},
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        integrations.read_input(WRITTEN | changed)


@pytest.mark.parametrize(
    ("config", "known"),
    [
        ({"pageId": PAGE}, {PAGE}),
        ({"instagramPageId": ACCOUNT}, {ACCOUNT}),
        ({"pageId": ACCOUNT, "instagramPageId": ACCOUNT}, {ACCOUNT}),
        (CONFIG, {ACCOUNT, PAGE}),
    ],
    ids=["page", "account", "same in both", "both"],
)
def test_any_of_the_two_ids_is_enough(
    engine: Engine, config: dict[str, str], known: set[str]
) -> None:
    office = connect(engine, Keyring(vault()), "Harbour", given(config=config))
    assert addresses(office) == known
    assert len(office.rows(ChannelAccount)) == 1


@pytest.mark.parametrize("config", [{"pageId": PAGE}, {"instagramPageId": ACCOUNT}])
def test_loading_again_by_any_equal_id_updates_the_integration(
    office: Office, config: dict[str, str]
) -> None:
    assert load(office, accessToken="new", config=config) == office.integration_id
    with writing(office.engine) as session:
        one = session.scalars(select(Integration)).one()
        assert office.keyring.access_token(one) == "new"
    assert addresses(office) == {ACCOUNT, PAGE}


def test_an_account_of_another_workspace_is_a_conflict(office: Office) -> None:
    with writing(office.engine) as session:
        other = members.make_workspace(session, "Elsewhere").id
    with pytest.raises(Conflict):
        load(office, other, config={"pageId": PAGE})
    assert len(office.rows(Integration)) == 1


def test_secrets_are_encrypted_and_a_missing_one_stays(office: Office) -> None:
    before = office.row(Integration)
    assert TOKEN not in f"{before.access_token}{before.config}"
    assert SECRET not in f"{before.api_secret}"
    load(office, accessToken=None, apiSecret="")
    after = office.row(Integration)
    assert (after.access_token, after.api_secret) == (before.access_token, before.api_secret)


def test_switching_off_holds_the_queue_and_switching_on_lets_it_go(office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Welcome")
    load(office, isEnabled=False)
    assert (office.states(), office.statuses()[1], office.claim()) == (["held"], "held", [])
    load(office, isEnabled=True)
    assert office.claim() == [office.row(Delivery).id]


def test_removing_forgets_the_secrets_and_keeps_the_account(office: Office) -> None:
    with writing(office.engine) as session:
        integrations.remove(session, session.get_one(Integration, office.integration_id))
    gone = office.row(Integration)
    assert (gone.access_token, gone.api_secret) == (None, None)
    assert addresses(office) == {ACCOUNT, PAGE}
    with writing(office.engine) as session, pytest.raises(NotFound):
        integrations.in_workspace(session, office.workspace_id, office.integration_id)


def test_another_workspace_does_not_see_the_integration(office: Office) -> None:
    with writing(office.engine) as session:
        with pytest.raises(NotFound):
            integrations.in_workspace(session, office.workspace_id + 1, office.integration_id)
        assert integrations.listed(session, office.workspace_id + 1) == []


def without_secret(engine: Engine, config: dict[str, str] | None = None) -> Office:
    """Return a workspace whose integration must prove that it may read the account."""
    keyring = Keyring(vault(), {"instagram": ChannelEnvironment(app_secrets=("installation",))})
    wanted = given(apiSecret=None, config=config or CONFIG)
    with writing(engine) as session:
        place = members.make_workspace(session, "Harbour")
        one = integrations.load(session, place.id, wanted, keyring.vault)
        return Office(engine, keyring, place.id, one.id)


def test_the_token_proves_the_account(engine: Engine, meta: responses.RequestsMock) -> None:
    office = without_secret(engine)
    meta.get(ME, json={"id": PAGE, "instagram_business_account": {"id": ACCOUNT}})
    assert not is_proven(office)
    assert check(office) is None
    assert is_proven(office)


def test_the_token_of_another_account_proves_nothing(
    engine: Engine, meta: responses.RequestsMock
) -> None:
    office = without_secret(engine)
    meta.get(ME, json={"id": "999", "instagram_business_account": {"id": "998"}})
    assert check(office) == proof.NOT_THE_ACCOUNT
    assert not is_proven(office)


def test_a_refused_question_is_told_and_proves_nothing(
    engine: Engine, meta: responses.RequestsMock
) -> None:
    office = without_secret(engine)
    meta.get(ME, json={"error": {"code": 190, "message": "Invalid token"}}, status=400)
    assert check(office) == "Invalid token"
    assert not is_proven(office)


def test_the_account_linked_to_a_page_is_learned(
    engine: Engine, meta: responses.RequestsMock
) -> None:
    office = without_secret(engine, {"pageId": PAGE})
    meta.get(ME, json={"id": PAGE, "instagram_business_account": {"id": ACCOUNT}})
    check(office)
    assert addresses(office) == {PAGE, ACCOUNT}
    office.take_in(message("m1"), secret="installation")
    assert office.texts() == ["Hi"]


def test_a_secret_of_ones_own_needs_no_proof(office: Office, meta: responses.RequestsMock) -> None:
    meta.get(ME, json={"error": {"code": 190, "message": "Invalid token"}}, status=400)
    assert check(office) == "Invalid token"
    assert is_proven(office)


def test_the_verify_token_is_stored_encrypted_and_still_known(office: Office) -> None:
    load(office)
    with reading(office.engine) as session:
        assert "verify" not in str(session.scalars(select(Integration.config)).all()).split("'")
        known = office.keyring.verify_tokens(session, frozenset({"instagram"}))
    assert [one.token for one in known] == ["verify"]


def test_a_secret_that_does_not_open_is_told_instead_of_raised(office: Office) -> None:
    stranger = Keyring(vault())
    problem = proof.check_accounts(office.engine, office.graph, stranger, office.integration_id)
    assert "ENCRYPTION_KEYS" in str(problem)
    integration = office.row(Integration)
    assert (office.keyring.is_readable(integration), stranger.is_readable(integration)) == (
        True,
        False,
    )
