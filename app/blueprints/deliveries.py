"""Behind the tick of a message: how its sending went, as a page and as a part of one."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.blueprints.access import caller, needs
from app.blueprints.inbox import do_not_keep, log_in_first
from app.extensions import reader
from app.inbox import timeline as timelines
from app.inbox.permissions import Permission
from app.present import deliveries

bp = Blueprint("deliveries", __name__, url_prefix="/inbox/<int:conversation_id>/messages")
bp.register_error_handler(401, log_in_first)
bp.after_request(do_not_keep)


@bp.get("/<int:message_id>")
@needs(Permission.READ_INBOX)
def page(conversation_id: int, message_id: int) -> str:
    """Show a message and how its sending went: where there are no scripts."""
    found = _found(conversation_id, message_id)
    return render_template("deliveries.html", shown=found, conversation_id=conversation_id)


@bp.get("/<int:message_id>/deliveries")
@needs(Permission.READ_INBOX)
def part(conversation_id: int, message_id: int) -> str:
    """Return how the sending of a message went, to stand in a popover."""
    return render_template("_deliveries.html", shown=_found(conversation_id, message_id))


def _found(conversation_id: int, message_id: int) -> deliveries.Shown:
    found = timelines.timeline(reader(), caller().workspace_id, message_id, conversation_id)
    return deliveries.shown(found)
