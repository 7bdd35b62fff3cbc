from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from app.channels.base import Credentials
from app.channels.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def meta() -> Iterator[responses.RequestsMock]:
    """Meta's hosts, answering as the test says."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def graph() -> Graph:
    return Graph()


@pytest.fixture
def page() -> Credentials:
    """An Instagram account that is linked to a Page."""
    return Credentials("100100100100100", "EAAG-page-token", app_secret="app-secret")


@pytest.fixture
def login() -> Credentials:
    """An Instagram account that was connected with Instagram Login."""
    return Credentials("17841400000000001", "IGAA-user-token", login="instagram")
