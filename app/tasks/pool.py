"""A bounded pool of threads that sends what is due.

One process sends many messages at a time: a send is nearly all waiting for Meta. What the pool
claims is never more than its idle threads, so that nothing claimed waits for a thread.
"""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Condition, Lock, Timer

import structlog
from sqlalchemy.exc import DBAPIError

from app import clock
from app.inbox import claim
from app.inbox.deliver import Call
from app.inbox.sender import Sender
from app.installation import Installation
from app.models.database import writing

log = structlog.get_logger()


class SendPool:
    """Claims due deliveries and works them on threads."""

    def __init__(self, installation: Installation) -> None:
        """Take the installation; its settings say how many threads there are."""
        self._installation = installation
        self._sender = Sender(installation.engine, installation.graph, installation.keyring)
        self._size = installation.settings.send_threads
        self._rate = installation.settings.send_rate
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._threads = ThreadPoolExecutor(self._size, thread_name_prefix="send")
        self._busy = 0
        self._is_open = True
        self._is_wanted = False
        self._claiming = Lock()
        self._later: Timer | None = None
        self._changed = Condition()

    def work(self) -> int:
        """Claim as much as there are idle threads for and return how much that was.

        Each thread looks for more when its send is settled, until nothing is due. Whoever wants
        to look while another thread does leaves it to that one: what ends at the same time is
        followed by one claim.
        """
        count = 0
        self._is_wanted = True
        while self._is_wanted and self._claiming.acquire(blocking=False):
            try:
                self._is_wanted = False
                count += self._claim()
            finally:
                self._claiming.release()
        return count

    def close(self, timeout: float) -> bool:
        """Take nothing more, wait for what is being sent, and say whether all of it ended."""
        with self._changed:
            self._is_open = False
            if self._later is not None:
                self._later.cancel()
            ended = self._changed.wait_for(lambda: self._busy == 0, timeout)
        self._threads.shutdown(wait=False, cancel_futures=True)
        if not ended:
            self._give_back()
        return ended

    def _give_back(self) -> None:
        try:
            with writing(self._installation.engine) as session:
                claim.give_back(session, self._name)
        except DBAPIError as problem:
            log.warning("claims_kept", error=type(problem.orig).__name__)

    def _claim(self) -> int:
        with self._changed:
            idle = self._size - self._busy if self._is_open else 0
            if idle <= 0:
                return 0
            self._busy += idle
        calls: list[Call] = []
        try:
            with writing(self._installation.engine) as session:
                claimed, ready_at = claim.claim(session, idle, self._name, self._rate)
            if claimed:
                calls = self._sender.begin(claimed)
        finally:
            self._leave(idle - len(calls))
        for call in calls:
            self._threads.submit(self._send, call)
        if ready_at is not None:
            self._look_later(ready_at)
        return len(claimed)

    def _look_later(self, at: datetime) -> None:
        """Look again when an account may send more, and at once for what others have to send."""
        self._is_wanted = True
        with self._changed:
            if self._later is not None:
                self._later.cancel()
            if self._is_open:
                seconds = max(0.0, (at - clock.now()).total_seconds())
                self._later = Timer(seconds, self._look_again)
                self._later.daemon = True
                self._later.start()

    def _send(self, call: Call) -> None:
        try:
            self._sender.send(call)
        except Exception:
            log.exception("send_crashed", delivery_id=call.delivery_id)
        finally:
            self._leave(1)
        self._look_again()

    def _look_again(self) -> None:
        try:
            self.work()
        except DBAPIError as problem:
            log.warning("claim_failed", error=type(problem.orig).__name__)
        except Exception:  # nobody sees what a thread of the pool raises
            log.exception("claim_failed")

    def _leave(self, count: int) -> None:
        with self._changed:
            self._busy -= count
            self._changed.notify_all()
