"""Connections to PostgreSQL that do not wait for a server which fell silent."""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

STATEMENT_SECONDS = 1.5
CONNECT_SECONDS = 2
"""The shortest that psycopg knows; for each address of the host."""

Result = TypeVar("Result")


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server leaves a statement unanswered."""

    def wait(
        self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        """Wait as usual, but not for ever. Raises :class:`psycopg.OperationalError`."""
        try:
            return super().wait(gen, interval, STATEMENT_SECONDS if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def connect(
    _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]
) -> ImpatientConnection:
    """Open one as SQLAlchemy's event ``do_connect`` asks for it."""
    return ImpatientConnection.connect(*arguments, **options | {"connect_timeout": CONNECT_SECONDS})
