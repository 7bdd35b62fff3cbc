"""A process gives signs of life while it works, and takes them back when it ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import create_engine

from app.models import ProcessBeat
from app.tasks.beats import beating

if TYPE_CHECKING:
    from pathlib import Path

    from tests.office import Office


def eventually(office: Office, count: int) -> None:
    end = time.monotonic() + 60
    while len(office.rows(ProcessBeat)) != count:
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_signs_are_given_and_taken_back(office: Office) -> None:
    with beating(office.engine, "worker"):
        eventually(office, 1)
        assert office.row(ProcessBeat).kind == "worker"
    eventually(office, 0)


def test_a_database_that_is_away_disturbs_nobody(tmp_path: Path) -> None:
    with beating(create_engine(f"sqlite:///{tmp_path}/missing/inlet.db"), "sweep"):
        pass
