"""The part of the inbox page that is the conversation list, also fetched alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app import clock
from app.blueprints import tags
from app.blueprints.access import caller
from app.blueprints.selection import Selection
from app.extensions import reader
from app.inbox import integrations, lines, listing, reads, search
from app.inbox.lines import Line
from app.inbox.pages import Page, Place
from app.installation import current
from app.models import Conversation
from app.present import rows
from app.present.snippets import snippet
from app.present.views import ViewLink, view_links, view_name


@dataclass(frozen=True)
class ListPart:
    """The conversation list: what is selected, what is there, what is open beside it.

    ``mark`` is how far the caller has read what is open.
    ``simulator`` is the phone simulator's address while it runs; ``is_connected`` says whether the
    workspace has any channel, so that an empty list can say what to do.
    """

    selection: Selection
    tabs: list[rows.Tab]
    views: list[ViewLink]
    rows: list[rows.Row]
    next: Place | None
    open_id: int | None
    tag: str
    simulator: str | None
    is_connected: bool
    mark: int | None

    @property
    def unread(self) -> int:
        """Return how many conversations are unread on all channels."""
        return self.tabs[0].unread

    @property
    def view_name(self) -> str:
        """Return the view in words."""
        return view_name(self.selection.view)

    @property
    def channel_name(self) -> str | None:
        """Return the channel's name, None for all."""
        tab = next(one for one in self.tabs if one.channel == self.selection.channel)
        return tab.name if tab.channel else None


def list_part(selection: Selection, open_id: int | None) -> ListPart:
    """Return the list for the caller."""
    found, session, now = caller(), reader(), clock.now()
    me = found.user.id if found.user else None
    counts = listing.counts(session, found.workspace_id, me)
    page, matches = _page(selection, me)
    marks = _marks(me, [line.id for line in page.rows], open_id)
    connections = _connections(page.rows)
    return ListPart(
        selection=selection,
        tabs=rows.tabs(counts.unread),
        views=view_links(counts.views),
        rows=[
            rows.row(line, now, mark=marks.get(line.id), match=matches.get(line.id))
            for line in page.rows
        ],
        next=page.next,
        open_id=open_id,
        tag=list_tag(tags.viewer(), found.workspace.version, selection, open_id),
        simulator=_simulator(connections),
        is_connected=bool(connections),
        mark=marks.get(open_id) if open_id else None,
    )


def list_tag(who: tags.Viewer, version: int, selection: Selection, open_id: int | None) -> str:
    """Return the tag of the list in a ``version`` of the workspace."""
    return tags.tag(who, "list", version, sorted(selection.page_query().items()), open_id)


def _page(selection: Selection, me: int | None) -> tuple[Page[Line], dict[int, rows.Match]]:
    """Return the conversations to show, and what a search found in each."""
    session, workspace_id, after = reader(), caller().workspace_id, selection.after
    if not selection.q:
        return lines.lines(session, workspace_id, selection.filter(me), after=after), {}
    found = search.search(
        session,
        workspace_id,
        selection.q,
        *([Conversation.channel == selection.channel] if selection.channel else []),
        before=after.id if after else None,
    )
    known = lines.among(session, workspace_id, [hit.conversation_id for hit in found.hits])
    shown = [known[hit.conversation_id] for hit in found.hits if hit.conversation_id in known]
    matches = {
        hit.conversation_id: _match(hit.message, found.words) for hit in found.hits if hit.message
    }
    return Page(shown, Place(0, found.next) if found.next else None), matches


def _match(message: search.Match, words: Sequence[str]) -> rows.Match:
    return rows.Match(message.id, message.position_at, tuple(snippet(message.text or "", words)))


def _marks(me: int | None, shown: Sequence[int], open_id: int | None) -> dict[int, int]:
    """Return how far the person ``me`` has read what is shown, in the list and beside it."""
    wanted = [*shown, open_id] if open_id else shown
    return reads.marks(reader(), me, wanted) if me and wanted else {}


def _simulator(connections: Sequence[str | None]) -> str | None:
    """Return the simulator's address: none where the demo is switched off, for it runs no more."""
    return next(filter(None, connections), None) if current().settings.inlet_demo else None


def _connections(shown: Sequence[Line]) -> list[str | None]:
    """Return the ``base_url`` of each integration of what is shown; of all where nothing is."""
    used = [line.base_url for line in shown if line.integration_id]
    if used:
        return used
    return [one.base_url for one in integrations.listed(reader(), caller().workspace_id)]
