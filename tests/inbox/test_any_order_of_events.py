"""Webhooks, drains, kills, replays and repairs in any order end in the same inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.inbox.spool.folder import Folder
from tests.inbox import afterwards, stories
from tests.inbox.event_machine import Events

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.office import Office


def test_all_that_happened_ends_in_the_same_inbox_however_it_comes(
    office: Office, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    folder = Folder(tmp_path / "spool", 10_000_000)
    Events(office, folder).teardown()
    in_order = afterwards.shown(office)

    stories.tell(lambda: Events(office, folder, in_order), office, pytestconfig, steps=25)
