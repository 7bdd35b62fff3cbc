"""An item goes to the integration whose secret signed it, and to no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app.inbox import integrations, ledger
from app.inbox.keyring import ChannelEnvironment, Keyring
from app.inbox.ledger import Scope, Wanted
from app.models import ChannelAccount, Contact, Conversation, ExternalEvent, Integration
from app.models.database import reading, writing
from tests.bodies import ACCOUNT, PAGE, SECRET, body, entry, message, of_entries
from tests.office import Office, connect, given, prove, vault

if TYPE_CHECKING:
    from sqlalchemy import Engine

OTHER = "17841400000000002"


@pytest.fixture
def other(office: Office) -> Office:
    """A second workspace with an account and a secret of its own."""
    config = {"instagramPageId": OTHER}
    wanted = given(apiSecret="other-secret", config=config)
    return connect(office.engine, office.keyring, "Elsewhere", wanted)


def reason(office: Office) -> str | None:
    return office.row(ExternalEvent).reason


def change(office: Office, **values: object) -> None:
    with writing(office.engine) as session:
        session.execute(update(Integration).values(**values))


def test_ones_own_secret_puts_nothing_into_another_workspace(office: Office, other: Office) -> None:
    office.receive(body(message("m1"), account=OTHER), secret=SECRET)
    office.drain()
    event = office.row(ExternalEvent)
    assert (event.outcome, event.workspace_id, event.account_id) == ("unroutable", None, None)
    assert not office.messages()
    assert not office.rows(Conversation)
    assert not office.rows(Contact)


def test_an_unroutable_item_is_seen_by_the_operator_alone(office: Office, other: Office) -> None:
    office.receive(body(message("m1"), account=OTHER), secret=SECRET)
    office.drain()
    with reading(office.engine) as session:
        assert len(ledger.page(session, Scope.NOBODY, Wanted()).entries) == 1
        assert ledger.page(session, office.workspace_id, Wanted()).entries == []
        assert ledger.page(session, other.workspace_id, Wanted()).entries == []


def test_a_body_with_items_for_two_workspaces_reaches_only_whose_secret_signed_it(
    office: Office, other: Office
) -> None:
    entries = [entry(message("m1", "mine")), entry(message("m2", "theirs"), account=OTHER)]
    office.receive(of_entries(*entries))
    office.drain()
    assert office.texts() == ["mine"]
    assert office.outcomes() == ["applied", "unroutable"]


def test_either_id_of_an_account_leads_to_it(office: Office) -> None:
    office.receive(body(message("m1", "by page"), account=PAGE))
    office.receive(body(message("m2", "by account"), account=ACCOUNT))
    office.drain()
    assert office.texts() == ["by page", "by account"]
    assert len(office.rows(Conversation)) == 1


@pytest.mark.parametrize("secret", ["app-secret", "older"])
def test_every_secret_of_a_rotated_list_leads_to_the_account(office: Office, secret: str) -> None:
    change(office, api_secret=office.keyring.vault.encrypt("app-secret, older"))
    office.take_in(message("m1"), secret=secret)
    assert office.outcomes() == ["applied"]


def test_the_installations_secret_serves_an_integration_without_its_own(engine: Engine) -> None:
    keyring = Keyring(vault(), {"instagram": ChannelEnvironment(app_secrets=("installation",))})
    office = connect(engine, keyring, "Harbour", given(apiSecret=None))
    office.take_in(message("m1"), secret="installation")
    assert office.outcomes() == ["applied"]


def test_the_installations_secret_does_not_serve_an_integration_with_its_own(
    engine: Engine,
) -> None:
    keyring = Keyring(vault(), {"instagram": ChannelEnvironment(app_secrets=("installation",))})
    office = connect(engine, keyring, "Harbour")
    office.take_in(message("m1"), secret="installation")
    assert office.outcomes() == ["unroutable"]


def test_an_account_nobody_connected_is_unroutable(office: Office) -> None:
    office.receive(body(message("m1"), account=OTHER))
    office.drain()
    assert reason(office) == "no integration is connected to this account"


def test_what_came_before_the_account_was_proven_is_applied_afterwards(office: Office) -> None:
    with writing(office.engine) as session:
        session.execute(update(ChannelAccount).values(proven_at=None))
    office.take_in(message("m1"))
    assert office.outcomes() == ["unroutable"]
    with writing(office.engine) as session:
        prove(session, session.get_one(Integration, office.integration_id))
    office.drain()
    assert (office.outcomes(), office.texts()) == (["applied"], ["Hi"])


def test_what_came_while_an_integration_was_disabled_is_applied_afterwards(office: Office) -> None:
    enable(office, is_enabled=False)
    office.take_in(message("m1"))
    assert office.outcomes() == ["unroutable"]
    enable(office, is_enabled=True)
    office.drain()
    assert (office.outcomes(), office.texts()) == (["applied"], ["Hi"])


def test_what_came_before_the_account_was_connected_is_applied_afterwards(office: Office) -> None:
    office.receive(body(message("m1"), account=OTHER), secret="other-secret")
    office.drain()
    wanted = given(apiSecret="other-secret", config={"instagramPageId": OTHER})
    other = connect(office.engine, office.keyring, "Elsewhere", wanted)
    office.drain()
    assert office.outcomes() == ["applied"]
    assert office.thread().workspace_id == other.workspace_id


def test_a_removed_integration_receives_nothing(office: Office) -> None:
    with writing(office.engine) as session:
        integrations.remove(session, session.get_one(Integration, office.integration_id))
    office.take_in(message("m1"))
    assert office.outcomes() == ["unroutable"]


def test_one_person_writing_to_two_accounts_has_two_conversations(
    office: Office, other: Office
) -> None:
    office.take_in(message("m1"))
    office.receive(body(message("m1"), account=OTHER), secret="other-secret")
    office.drain()
    assert [one.workspace_id for one in office.rows(Conversation)] == [
        office.workspace_id,
        other.workspace_id,
    ]


def test_the_dashboards_test_button_is_received_every_time_and_makes_no_contact(
    office: Office,
) -> None:
    pressed = message("random_mid") | {"sender": {"id": "12334"}, "recipient": {"id": "23245"}}
    for time in (1, 2, 3):
        office.receive(body(pressed | {"timestamp": f"152745982{time}"}, account="0"))
    office.drain()
    assert office.outcomes() == ["test_received"] * 3
    assert office.rows(Contact) == []


def enable(office: Office, *, is_enabled: bool) -> None:
    with writing(office.engine) as session:
        one = session.get_one(Integration, office.integration_id)
        integrations.enable(session, one, is_enabled=is_enabled)
