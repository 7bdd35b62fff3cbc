"""Logs: an event's name and its fields, one JSON object a line; never message text or a token."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Write logs of ``level`` and above to standard error."""
    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s")
    # urllib3 writes addresses, and Meta takes the token to be looked at as a parameter.
    for chatty in ("alembic", "rq", "urllib3"):
        logging.getLogger(chatty).setLevel("WARNING")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
