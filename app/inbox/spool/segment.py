"""One spool file: appended to by the process that made it, until somebody seals it."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app import clock
from app.inbox.spool.folder import DAMAGED, MOMENT, OPEN, SEALED, Folder, opened
from app.inbox.spool.record import Received, Records


class Segment:
    """A file that only this process appends to. Locks end with the process that holds them."""

    def __init__(self, folder: Folder) -> None:
        """Make the file, durably. Raises :class:`OSError`."""
        folder.make()
        host = re.sub(r"[^A-Za-z0-9]", "", socket.gethostname())[:40]
        moment = clock.now().strftime(MOMENT)
        name = f"{moment}-{host}-{os.getpid()}-{secrets.token_hex(8)}{OPEN}"
        self._path = folder.path / name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(self._path, flags, 0o600)
        self.size = 0
        try:
            folder.sync()
        except OSError:
            self.close()
            raise

    def append(self, frames: list[bytes]) -> bool:
        """Append all frames and make them durable; say False where the file was sealed.

        Raises :class:`OSError` where that failed; what was written in part is cut off again.
        """
        with _locked(self._file):
            if not self._path.exists():
                return False
            try:
                for frame in frames:
                    _write_whole(self._file, frame)
                os.fsync(self._file)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(self._file, self.size)
                raise
        self.size += sum(map(len, frames))
        return True

    def close(self) -> None:
        """Leave the file to whoever drains it; one that holds nothing is taken away."""
        if not self.size:
            with suppress(OSError):
                self._path.unlink()
        os.close(self._file)


class Sealed:
    """A file nobody appends to, to be read once."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises :class:`OSError`; a mapped file would end the process instead."""
        self._path = path
        with opened(path, os.O_RDONLY) as number, os.fdopen(number, "rb", closefd=False) as file:
            self.records = Records(file.read())

    def __iter__(self) -> Iterator[Received]:
        return iter(self.records)

    def remove(self) -> int:
        """Take the file away, and return how many bytes of it were set aside as damaged."""
        damaged = b"".join(self.records.damaged)
        if damaged:
            aside = self._path.with_suffix(DAMAGED)
            with opened(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
                _write_whole(file, damaged)
                os.fsync(file)
        self._path.unlink(missing_ok=True)
        return len(damaged)


def seal(path: Path) -> Path | None:
    """Return the file's name once it is sealed; None while its owner writes, or where it is gone.

    Raises :class:`OSError`.
    """
    sealed = path.with_suffix(SEALED)
    try:
        with opened(path, os.O_RDONLY) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.rename(sealed)
    except (FileNotFoundError, BlockingIOError):
        return None
    return sealed


@contextmanager
def _locked(file: int) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _write_whole(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        written = os.write(file, rest)
        if not written:
            raise OSError(errno.EIO, "nothing was written")
        rest = rest[written:]
