"""Nothing starts that could not keep a webhook while the database is away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app.inbox.spool.folder import Folder, UnusableError

if TYPE_CHECKING:
    from config import Settings


def check_spool(settings: Settings) -> None:
    """Leave with one line where the spool cannot be written."""
    try:
        Folder(settings.spool_path, settings.spool_bytes).prepare()
    except UnusableError as problem:
        sys.exit(str(problem))
