"""The folder that the processes of an installation share for bodies the database did not take.

A process appends to a file of its own, NAME.open. Whoever drains takes the file's lock and
renames it to NAME.sealed; from then on nobody appends. NAME begins with the moment it was made.
Bodies are private: the folder is its owner's alone, links are not followed.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.inbox.spool.record import FRAME_BYTES, payload_length

OPEN, SEALED, DAMAGED = ".open", ".sealed", ".damaged"
MOMENT = "%Y%m%dT%H%M%S.%f"
CAP = 10_000
"""So many bodies are counted at most."""


class UnusableError(Exception):
    """The folder cannot hold bodies; the words say which folder and why."""


@dataclass(frozen=True, slots=True)
class State:
    """What lies in the spool: bodies (CAP at most), their bytes, and since when the oldest does.

    ``limit`` is how many bytes may lie there. ``damaged`` counts files of what could not be read.
    """

    count: int
    size: int
    since: datetime | None
    limit: int
    damaged: int


@dataclass(frozen=True, slots=True)
class Folder:
    """A spool at ``path`` that holds ``limit`` bytes."""

    path: Path
    limit: int

    def prepare(self) -> None:
        """Make the folder and prove that a file in it can be locked and made durable.

        Raises :class:`UnusableError`.
        """
        probe = self.path / f".probe-{secrets.token_hex(4)}"
        try:
            self.make()
            self.path.chmod(0o700)
            with opened(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.write(file, b"probe")
                os.fsync(file)
            probe.unlink()
            self.sync()
        except OSError as problem:
            raise UnusableError(
                f"Cannot write the spool folder ({self.path}): {problem.strerror}"
            ) from problem

    def make(self) -> None:
        """Make the folder where it is missing. Raises :class:`OSError`, also for a link."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not stat.S_ISDIR(self.path.lstat().st_mode):
            raise NotADirectoryError(20, "it must be a folder, not a link to one")

    def sync(self) -> None:
        """Make durable which files there are."""
        with opened(self.path, os.O_RDONLY) as folder:
            os.fsync(folder)

    def files(self, *suffixes: str) -> list[Path]:
        """Return the files with these suffixes, oldest first."""
        try:
            with os.scandir(self.path) as entries:
                found = [Path(one) for one in entries if one.is_file(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        return sorted(path for path in found if path.suffix in suffixes)

    def size(self) -> int:
        """Return how many bytes wait to be drained."""
        return sum(map(_size, self.files(OPEN, SEALED)))

    def state(self) -> State:
        """Return what lies in the spool, from the beginnings of its frames alone."""
        files = self.files(OPEN, SEALED)
        count, size, since = 0, 0, None
        for path in files:
            found = _count(path, CAP - count)
            count, size = count + found, size + _size(path)
            if found and since is None:
                since = _made_at(path)
        return State(count, size, since, self.limit, len(self.files(DAMAGED)))


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """Open a file or folder, never through a link; what is made is its owner's alone."""
    file = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:  # sealed or drained meanwhile
        return 0


def _count(path: Path, most: int) -> int:
    count = at = 0
    try:
        with opened(path, os.O_RDONLY) as file:
            while count < most:
                length = payload_length(os.pread(file, FRAME_BYTES, at))
                if length is None:
                    break
                count, at = count + 1, at + FRAME_BYTES + length
    except FileNotFoundError:
        return 0
    return count


def _made_at(path: Path) -> datetime:
    return datetime.strptime(path.name.split("-")[0], MOMENT).replace(tzinfo=UTC)
