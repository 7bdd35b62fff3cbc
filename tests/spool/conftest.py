from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.inbox.spool.folder import Folder
from app.inbox.spool.writer import Spool
from tests import emptied

if TYPE_CHECKING:
    from pathlib import Path


database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "spool", 1_000_000)


@pytest.fixture
def spool(folder: Folder) -> Spool:
    return Spool(folder)
