"""The part of the inbox page that is the conversation list, also fetched alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app import clock
from app.blueprints import tags
from app.blueprints.access import caller
from app.blueprints.selection import Selection
from app.extensions import reader
from app.inbox import integrations, listing
from app.inbox.listing import Place
from app.models import Conversation
from app.present import rows


@dataclass(frozen=True)
class ListPart:
    """The conversation list: what is selected, what is there, what is open beside it."""

    selection: Selection
    tabs: list[rows.Tab]
    rows: list[rows.Row]
    next: Place | None
    open_id: int | None
    tag: str
    conversations: dict[int, Conversation]
    simulator: str | None

    @property
    def unread(self) -> int:
        """Return how many conversations are unread on all channels."""
        return self.tabs[0].unread


def list_part(selection: Selection, open_id: int | None) -> ListPart:
    """Return the list for the caller."""
    found, session = caller(), reader()
    now = clock.now()
    page = listing.conversations(
        session, found.workspace_id, selection.filter, after=selection.after
    )
    return ListPart(
        selection=selection,
        tabs=rows.tabs(listing.unread_counts(session, found.workspace_id)),
        rows=[rows.row(one, now) for one in page.rows],
        next=page.next,
        open_id=open_id,
        tag=list_tag(selection, open_id),
        conversations={one.id: one for one in page.rows},
        simulator=_simulator(page.rows),
    )


def list_tag(selection: Selection, open_id: int | None) -> str:
    """Return the tag of the list. The version came with the caller's workspace."""
    return tags.tag(
        "list", caller().workspace.version, sorted(selection.page_query().items()), open_id
    )


def _simulator(shown: Sequence[Conversation]) -> str | None:
    """Return the phone simulator's address where the workspace is the demo's."""
    used = [conversation.account.integration for conversation in shown]
    known = used or integrations.listed(reader(), caller().workspace_id)
    return next((one.base_url for one in known if one and one.base_url), None)
