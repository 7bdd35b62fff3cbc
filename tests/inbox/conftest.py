from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from app.inbox.keyring import Keyring
from tests import emptied
from tests.office import Office, connect, vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres


@pytest.fixture
def office(engine: Engine) -> Office:
    """A workspace whose Instagram account is connected and proven."""
    return connect(engine, Keyring(vault()), "Harbour")


@pytest.fixture
def meta() -> Iterator[responses.RequestsMock]:
    """Meta's hosts, answering as the test says."""
    with responses.RequestsMock() as mock:
        yield mock
