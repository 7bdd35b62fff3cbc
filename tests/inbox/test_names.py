"""The names of people are asked of Meta, whatever one integration lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import clock
from app.inbox import profiles
from app.models import Contact, Integration
from app.models.database import reading, writing
from tests.bodies import message

if TYPE_CHECKING:
    from tests.office import Office


@pytest.fixture(autouse=True)
def _somebody_wrote(office: Office) -> None:
    office.take_in(message("m1", "Hello", at=clock.now()))


def test_a_person_without_a_name_is_asked_for(office: Office) -> None:
    with reading(office.engine) as session:
        [one] = profiles.unnamed(session, office.keyring, limit=20)

    assert one.contact_id == office.row(Contact).id


@pytest.mark.parametrize("token", [None, "stored under a key that is gone"])
def test_a_token_that_is_missing_or_locked_holds_nothing_up(
    office: Office, token: str | None
) -> None:
    with writing(office.engine) as session:
        integration = session.get_one(Integration, office.integration_id)
        integration.access_token = token

    with reading(office.engine) as session:
        assert profiles.unnamed(session, office.keyring, limit=20) == []
