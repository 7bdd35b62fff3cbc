"""Small notes that nobody should wait for: written when the answer is on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from flask import after_this_request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.installation import current
from app.models.database import writing

Answer = TypeVar("Answer", bound=Response)

log = structlog.get_logger()


def afterwards(deed: Callable[[Session], None]) -> None:
    """Run ``deed`` in a transaction of its own after this request's answer was sent.

    What the database refuses is logged and forgotten: the deed must not matter much.
    """
    engine = current().engine

    def run() -> None:
        try:
            with writing(engine) as session:
                deed(session)
        except SQLAlchemyError as problem:
            log.warning("note_not_written", error=type(problem).__name__)

    def plan(answer: Answer) -> Answer:
        answer.call_on_close(run)
        return answer

    after_this_request(plan)
