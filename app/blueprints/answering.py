"""What every route that writes to a customer does: refuse, queue, ring, answer."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from app.blueprints.exchange import answer
from app.blueprints.schemas import MessageOut
from app.inbox import reply
from app.inbox.errors import Filled, Refused, Trouble
from app.installation import current
from app.models.database import writing


def answered(
    author: reply.Author, conversation_id: int, text: str | None, client_id: str | None
) -> Response:
    """Queue a message: 202 with it, 200 where this client_id was here before."""
    with writing(current().engine) as session:
        done = reply.reply(session, author, conversation_id, text or "", client_id)
        shown = MessageOut.of(done.message)
    if done.is_new:
        current().queue.ring_outbound()
    return answer(shown, 202 if done.is_new else 200)


def refuse(parts: Sequence[str]) -> None:
    """Raise :class:`Refused` for parts of a message that no channel sends yet, if any."""
    if parts:
        raise Refused(
            Trouble(
                message=Filled("Not supported yet: %(parts)s.", parts=", ".join(parts)),
                explanation="This version sends text only. Nothing was sent.",
                next_step="Send the text alone.",
                page="api.md#reply",
            )
        )
