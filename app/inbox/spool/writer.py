"""Putting bodies into the spool: durable before it returns, and never beyond the limit."""

from __future__ import annotations

import errno
import time

import structlog

from app.inbox.desk import Desk
from app.inbox.spool.folder import Folder, State
from app.inbox.spool.record import Received, pack
from app.inbox.spool.segment import Segment

SEGMENT_BYTES = 4_000_000
"""A file that has grown so far is left for another one."""
MEASURE_SECONDS = 1.0
"""How old the knowledge of what other processes wrote may be."""
QUIET_SECONDS = 60.0
"""What is kept after so long without anything is a new beginning, for the log."""

log = structlog.get_logger()


class Spool(Desk[bytes]):
    """The spool as one process writes it; bodies that come at once share an fsync."""

    def __init__(self, folder: Folder) -> None:
        """Take the folder; nothing is made in it before the first body."""
        super().__init__()
        self._folder = folder
        self._segment: Segment | None = None
        self._used = 0
        self._measured_at = float("-inf")
        self._kept_at = float("-inf")
        self._is_refusing = False

    def put(self, received: Received) -> None:
        """Keep a body. Raises :class:`OSError` where there is no room or it cannot be written."""
        self.hand_in(pack(received))

    def state(self) -> State:
        """Return what lies in the spool, of all processes."""
        return self._folder.state()

    def write(self, things: list[bytes]) -> Exception | None:
        """Append frames to this process's file."""
        try:
            self._append(things)
        except OSError as problem:
            self._note_refusal(problem)
            return problem
        self._note_kept()
        return None

    def _append(self, frames: list[bytes]) -> None:
        size = sum(map(len, frames))
        if self._measured() + size > self._folder.limit:
            raise OSError(errno.EDQUOT, "the spool is full")
        try:
            while not self._current().append(frames):
                self._leave()
        except OSError:
            self._leave()
            raise
        self._used += size

    def _measured(self) -> int:
        if time.monotonic() >= self._measured_at + MEASURE_SECONDS:
            self._used = self._folder.size()
            self._measured_at = time.monotonic()
        return self._used

    def _current(self) -> Segment:
        if self._segment is not None and self._segment.size >= SEGMENT_BYTES:
            self._leave()
        if self._segment is None:
            self._segment = Segment(self._folder)
        return self._segment

    def _leave(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def _note_kept(self) -> None:
        if time.monotonic() > self._kept_at + QUIET_SECONDS:
            log.warning("spool_begun")
        self._kept_at = time.monotonic()
        self._is_refusing = False

    def _note_refusal(self, problem: OSError) -> None:
        if not self._is_refusing:
            log.error("spool_refuses", error=problem.strerror)
        self._is_refusing = True
