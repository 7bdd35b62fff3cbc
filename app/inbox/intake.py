"""Making a signed body durable: in the database, or in the spool while that is away."""

from __future__ import annotations

from app import clock
from app.inbox.mailroom import DatabaseAwayError, Mailroom
from app.inbox.spool.record import Received
from app.inbox.spool.writer import Spool


class NotStoredError(Exception):
    """Neither the database nor the spool took a body."""


class Intake:
    """Takes bodies in.

    While the spool holds older bodies, new ones go to the database as soon as it takes them:
    messages are ordered by Meta's time, not by when they were stored.
    """

    def __init__(self, mailroom: Mailroom, spool: Spool) -> None:
        """Take the way to the database and the one beside it."""
        self._mailroom = mailroom
        self._spool = spool

    def store(self, endpoint: str, body: bytes, verified_by: str) -> bool:
        """Make a body durable, and say whether the database has it.

        Raises :class:`NotStoredError`, and :class:`sqlalchemy.exc.DBAPIError` where the database
        answers but does not take the statement: that is not for the spool to hide.
        """
        received = Received(endpoint, body, verified_by, clock.now())
        try:
            self._mailroom.store(received)
        except DatabaseAwayError:
            return self._keep(received)
        return True

    def _keep(self, received: Received) -> bool:
        try:
            self._spool.put(received)
        except OSError as problem:
            raise NotStoredError from problem
        return False
