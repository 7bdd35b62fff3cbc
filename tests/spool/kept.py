"""Bodies for the spool, and what lies in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app.inbox.spool.folder import OPEN, SEALED, Folder
from app.inbox.spool.record import Received, Records
from tests.bodies import NOON

if TYPE_CHECKING:
    from pathlib import Path


def received(body: bytes, seconds: float = 0, verified_by: str = "x") -> Received:
    return Received("instagram", body, verified_by, NOON + timedelta(seconds=seconds))


def bodies(folder: Folder) -> list[bytes]:
    """The bodies in the spool, file by file."""
    return [one.body for path in files(folder) for one in Records(path.read_bytes())]


def files(folder: Folder) -> list[Path]:
    return folder.files(OPEN, SEALED)
