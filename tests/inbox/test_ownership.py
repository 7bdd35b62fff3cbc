"""A claim that nobody has proven blocks nobody: the token decides whose account it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.inbox import integrations, members, proof
from app.inbox.errors import Conflict
from app.inbox.keyring import Keyring
from app.models import AccountAddress, ChannelAccount
from app.models.database import writing
from tests.bodies import ACCOUNT, PAGE, message
from tests.office import Office, given, vault

if TYPE_CHECKING:
    from collections.abc import Mapping

    import responses
    from sqlalchemy import Engine

ME = "https://graph.facebook.com/v23.0/me"
MINE = {"id": PAGE, "instagram_business_account": {"id": ACCOUNT}}
OTHERS = {"id": "555", "instagram_business_account": {"id": "556"}}
NOBODYS = {"error": {"code": 190, "message": "Invalid token"}}


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(vault())


def claim(engine: Engine, keyring: Keyring, name: str, secret: str, **config: str) -> Office:
    """Let a workspace with a secret of its own claim the account; nothing is asked yet."""
    ids = config or {"pageId": PAGE, "instagramPageId": ACCOUNT}
    with writing(engine) as session:
        place = members.make_workspace(session, name)
        wanted = given(apiSecret=secret, config=ids)
        one = integrations.load(session, place.id, wanted, keyring.vault)
        return Office(engine, keyring, place.id, one.id)


def ask(office: Office, meta: responses.RequestsMock, answer: Mapping[str, object]) -> str | None:
    """Let Meta answer whose token it is."""
    meta.get(ME, json=answer, status=400 if "error" in answer else 200)
    found = proof.check_accounts(office.engine, office.graph, office.keyring, office.integration_id)
    meta.reset()
    return found


def holders(office: Office) -> dict[str, int]:
    accounts = {one.id: one.workspace_id for one in office.rows(ChannelAccount)}
    return {one.external_id: accounts[one.account_id] for one in office.rows(AccountAddress)}


def test_the_token_takes_the_account_from_a_mere_claim(
    engine: Engine, keyring: Keyring, meta: responses.RequestsMock
) -> None:
    squatter = claim(engine, keyring, "Squatter", "squat")
    ask(squatter, meta, OTHERS)
    owner = claim(engine, keyring, "Owner", "own")
    assert set(holders(owner).values()) == {squatter.workspace_id}

    assert ask(owner, meta, MINE) is None
    assert holders(owner) == {PAGE: owner.workspace_id, ACCOUNT: owner.workspace_id}
    owner.take_in(message("m1"), secret="own")
    owner.take_in(message("m2"), secret="squat")
    assert owner.outcomes() == ["applied", "unroutable"]


def test_what_came_before_the_take_over_is_applied_afterwards(
    engine: Engine, keyring: Keyring, meta: responses.RequestsMock
) -> None:
    squatter = claim(engine, keyring, "Squatter", "squat")
    ask(squatter, meta, NOBODYS)
    owner = claim(engine, keyring, "Owner", "own")
    owner.take_in(message("m1"), secret="own")
    assert owner.outcomes() == ["unroutable"]
    ask(owner, meta, MINE)
    owner.drain()
    assert owner.outcomes() == ["applied"]
    assert owner.thread().workspace_id == owner.workspace_id


def test_one_id_is_enough_to_get_the_other_back(
    engine: Engine, keyring: Keyring, meta: responses.RequestsMock
) -> None:
    squatter = claim(engine, keyring, "Squatter", "squat", instagramPageId=ACCOUNT)
    ask(squatter, meta, NOBODYS)
    owner = claim(engine, keyring, "Owner", "own", pageId=PAGE)
    ask(owner, meta, MINE)
    assert set(holders(owner).values()) == {owner.workspace_id}


def test_an_owner_yields_to_nobody(
    engine: Engine, keyring: Keyring, meta: responses.RequestsMock
) -> None:
    owner = claim(engine, keyring, "Owner", "own")
    ask(owner, meta, MINE)
    with pytest.raises(Conflict):
        claim(engine, keyring, "Squatter", "squat")
    assert set(holders(owner).values()) == {owner.workspace_id}


def test_a_claim_that_loses_says_that_it_is_not_proven(
    engine: Engine, keyring: Keyring, meta: responses.RequestsMock
) -> None:
    first = claim(engine, keyring, "First", "one")
    ask(first, meta, NOBODYS)
    second = claim(engine, keyring, "Second", "two")
    assert ask(second, meta, NOBODYS) == "Invalid token"
    mine = second.row(ChannelAccount, ChannelAccount.workspace_id == second.workspace_id)
    assert mine.proven_at is None
    assert set(holders(second).values()) == {first.workspace_id}


def test_loading_a_claim_again_makes_no_second_integration(
    engine: Engine, keyring: Keyring, meta: responses.RequestsMock
) -> None:
    ask(claim(engine, keyring, "First", "one"), meta, NOBODYS)
    second = claim(engine, keyring, "Second", "two")
    with writing(engine) as session:
        again = integrations.load(session, second.workspace_id, given(), keyring.vault)
    assert again.id == second.integration_id


def test_an_account_that_was_given_up_can_be_connected_elsewhere_and_come_back(
    engine: Engine, keyring: Keyring, meta: responses.RequestsMock
) -> None:
    first = claim(engine, keyring, "First", "one")
    ask(first, meta, MINE)
    first.take_in(message("m1"), secret="one")
    with writing(engine) as session:
        gone = integrations.in_workspace(session, first.workspace_id, first.integration_id)
        integrations.remove(session, gone)
    second = claim(engine, keyring, "Second", "two")
    ask(second, meta, MINE)
    second.take_in(message("m2"), secret="two")
    assert [one.workspace_id for one in second.messages()] == [
        first.workspace_id,
        second.workspace_id,
    ]
    with writing(engine) as session:
        gone = integrations.in_workspace(session, second.workspace_id, second.integration_id)
        integrations.remove(session, gone)
        back = integrations.load(session, first.workspace_id, given(), keyring.vault)
    returned = Office(engine, keyring, first.workspace_id, back.id)
    ask(returned, meta, MINE)
    returned.take_in(message("m3"))
    first_thread, second_thread, third_thread = (one.conversation_id for one in first.messages())
    assert first_thread == third_thread != second_thread
