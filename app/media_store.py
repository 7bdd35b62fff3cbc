"""Our copies of pictures: files in one folder, named by what they are and whose.

The name is a digest of owner and content, so the same picture of two owners is two files:
taking one away never takes another's.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")


class MediaStore:
    """Files in ``folder``, which is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, owner: str, data: bytes, suffix: str) -> str:
        """Keep ``data`` of ``owner`` ("contact:7") and return its name; again is no harm."""
        digest = hashlib.sha256(owner.encode() + b"\0" + data).hexdigest()
        name = f"{digest}.{suffix}"
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        draft.replace(path)
        return name

    def open(self, name: str) -> BinaryIO:
        """Open the file ``name`` for reading. Raises FileNotFoundError."""
        return self._path(name).open("rb")

    def delete(self, name: str) -> None:
        """Take the file ``name`` away; one that is not there is no trouble."""
        with suppress(FileNotFoundError):
            self._path(name).unlink()

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return self._folder / name[:2] / name
