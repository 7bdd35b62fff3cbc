"""The inbox: one page, with or without an open conversation, and the forms on it.

Every form is a plain POST that ends in a redirect to the page or in the page with the reason;
htmx follows the redirect and takes from the page what it needs.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from app.blueprints import composer, parts, watch
from app.blueprints.access import caller, needs
from app.blueprints.converters import read_id
from app.blueprints.marks import note_read
from app.blueprints.panel_part import panel_part
from app.blueprints.selection import requested, requested_place
from app.blueprints.thread_part import thread_part
from app.extensions import reader
from app.inbox import broken, event_export, ledger, listing
from app.inbox.errors import Trouble
from app.inbox.pages import Place
from app.inbox.permissions import Permission
from app.locale import gettext as _
from app.models import Conversation
from app.present import people

bp = Blueprint("inbox", __name__)


@bp.get("/")
def index() -> AnyResponse:
    """Lead to the inbox."""
    return redirect(url_for("inbox.inbox"))


@bp.get("/inbox")
@needs(Permission.READ_INBOX)
def inbox() -> Response:
    """Show the list, and no conversation."""
    return _page(parts.list_part(requested(), None))


@bp.get("/inbox/<int:conversation_id>")
@needs(Permission.READ_INBOX)
def conversation(conversation_id: int) -> Response:
    """Show the list and one conversation.

    ``before`` leads to its older messages, ``around`` to the page with a message.
    """
    return conversation_page(conversation_id)


@bp.get("/inbox/events/<int:event_id>")
@needs(Permission.READ_INBOX)
def event(event_id: int) -> str:
    """Show an item as Meta sent it."""
    found = ledger.entry(reader(), caller().workspace_id, event_id)
    raw = event_export.item_text(reader(), found.event)
    customer = ledger.customers(reader(), [event_id]).get(event_id)
    return render_template(
        "event.html",
        entry=found,
        customer=people.named(*customer) if customer else None,
        raw=raw or _("The item cannot be read."),
    )


@bp.errorhandler(401)
def log_in_first(_error: HTTPException) -> AnyResponse:
    """Lead to the login, and back to the page afterwards."""
    known = request.view_args or {}
    if "conversation_id" in known:
        target = url_for("inbox.conversation", conversation_id=known["conversation_id"])
    else:
        target = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("auth.login", next=target or None), 303)


@bp.after_request
def do_not_keep(response: Response) -> Response:
    """Keep what customers write out of every cache."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def conversation_page(
    conversation_id: int,
    trouble: Trouble | None = None,
    draft: str = "",
    status: int = HTTPStatus.OK,
) -> Response:
    """Return the page of a conversation; ``trouble`` and ``draft`` come with a refused form.

    A conflict is told calmly: somebody was faster, and nothing is wrong.
    """
    selection = requested()
    shown = parts.list_part(selection, conversation_id)
    found = listing.conversation(reader(), caller().workspace_id, conversation_id)
    before = requested_place("before") or _around(found)
    if before is None:
        note_read(found, shown.mark)
    thread = thread_part(found, selection, before)
    begun = composer.draft(found, draft)
    panel = panel_part(found, selection)
    page = _page(
        shown,
        thread=thread,
        panel=panel,
        trouble=trouble,
        is_overtaken=status == HTTPStatus.CONFLICT,
        draft=begun,
    )
    page.status_code = status
    return page


def _around(found: Conversation) -> Place | None:
    message_id = read_id(request.args.get("around"))
    return None if message_id is None else listing.around(reader(), found, message_id)


def _page(shown: parts.ListPart, **context: object) -> Response:
    found = caller()
    return make_response(
        render_template(
            "inbox.html",
            me=found,
            list=shown,
            alerts=watch.banners(found),
            broken=broken.of_workspace(reader(), found.workspace_id),
            **context,
        )
    )


def back_to(conversation_id: int) -> AnyResponse:
    """Lead to the page of a conversation, in the view that was asked for."""
    query: dict[str, Any] = {"conversation_id": conversation_id, **requested().page_query()}
    query |= {"before": request.args["before"]} if "before" in request.args else {}
    return redirect(url_for("inbox.conversation", **query), 303)
