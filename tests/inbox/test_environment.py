"""The integration that INSTAGRAM_PAGE_ID and its kin describe, refreshed at each start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from app.inbox import environment, integrations
from app.inbox.keyring import ChannelEnvironment, Keyring
from app.models import Integration, Workspace
from tests.office import vault

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NAMED = ChannelEnvironment(("s1",), "verify", "EAAG-token", "17841400000000777")


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(vault(), {"instagram": NAMED})


def test_it_is_made_once_in_a_workspace_of_its_own(session: Session, keyring: Keyring) -> None:
    [first] = environment.refresh(session, keyring)
    [again] = environment.refresh(session, keyring)
    assert first is again
    assert session.scalars(select(Workspace.name)).all() == ["Main"]
    assert [account.proven_at is not None for account in first.accounts] == [True]


def test_its_secrets_stay_in_the_environment(session: Session, keyring: Keyring) -> None:
    [made] = environment.refresh(session, keyring)
    assert (made.access_token, made.api_secret) == (None, None)
    assert keyring.access_token(made) == "EAAG-token"
    assert keyring.app_secrets(made) == ("s1",)


def test_what_an_admin_switched_off_stays_off(session: Session, keyring: Keyring) -> None:
    [made] = environment.refresh(session, keyring)
    integrations.enable(session, made, is_enabled=False)
    environment.refresh(session, keyring)
    assert not made.is_enabled


def test_without_an_account_id_there_is_none(session: Session) -> None:
    environment.refresh(session, Keyring(vault(), {"instagram": ChannelEnvironment()}))
    assert session.scalar(select(Integration)) is None
