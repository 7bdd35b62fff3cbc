"""The two parts of the inbox page that are also fetched alone: the list and the thread.

Each carries a tag: the same tag means that drawing it again would give the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request
from flask_babel import get_locale, get_timezone

from app import clock
from app.blueprints.access import caller
from app.blueprints.selection import Selection
from app.channels import registry
from app.channels.base import Limits
from app.extensions import reader
from app.inbox import integrations, listing
from app.inbox.listing import Place
from app.inbox.window import WindowState, window_for
from app.models import Conversation
from app.present import bubbles, people, rows
from app.present.chips import Chip, window_chip

TAG_HEADER = "HX-PTag"


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


@dataclass(frozen=True)
class ThreadPart:
    """One conversation and a page of its messages; ``before`` is set on pages of older ones."""

    conversation: Conversation
    selection: Selection
    name: str
    handle: str | None
    initials: str
    hue: str
    channel_name: str
    account_name: str
    is_simulated: bool
    chip: Chip
    is_closed: bool
    limits: Limits
    days: list[bubbles.Day]
    newest_id: int
    older: Place | None
    before: Place | None
    tag: str


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


def thread_part(
    conversation: Conversation, selection: Selection, before: Place | None
) -> ThreadPart:
    """Return the thread of a conversation of the caller's workspace."""
    now = clock.now()
    page = listing.messages(reader(), conversation, before=before)
    integration = conversation.account.integration
    name = people.name_of(conversation)
    channel_name = people.CHANNEL_NAMES.get(conversation.channel, conversation.channel)
    return ThreadPart(
        conversation=conversation,
        selection=selection,
        name=name,
        handle=people.handle_of(conversation),
        initials=people.initials(name),
        hue=people.hue_of(conversation),
        channel_name=channel_name,
        account_name=conversation.account.name or conversation.account.external_id,
        is_simulated=bool(integration and integration.base_url),
        chip=window_chip(conversation, now, is_long=True),
        is_closed=window_for(conversation, now).state == WindowState.CLOSED,
        limits=registry.channel(conversation.channel).limits,
        days=bubbles.days(page.rows, conversation.channel, now),
        newest_id=bubbles.last_id(page.rows),
        older=page.next,
        before=before,
        tag=thread_tag(conversation.id, conversation.version),
    )


def list_tag(selection: Selection, open_id: int | None) -> str:
    """Return the tag of the list. The version came with the caller's workspace."""
    return _tag("list", caller().workspace.version, sorted(selection.page_query().items()), open_id)


def thread_tag(conversation_id: int, version: int) -> str:
    """Return the tag of a thread in its ``version``."""
    return _tag("thread", conversation_id, version, request.args.get("channel"))


def unchanged(tag: str) -> Response | None:
    """Return an empty 304 where the browser holds ``tag`` already, else None."""
    if request.headers.get(TAG_HEADER) != tag:
        return None
    return Response(status=304, headers={TAG_HEADER: tag})


def _simulator(shown: Sequence[Conversation]) -> str | None:
    """Return the phone simulator's address where the workspace is the demo's."""
    used = [conversation.account.integration for conversation in shown]
    known = used or integrations.listed(reader(), caller().workspace_id)
    return next((one.base_url for one in known if one and one.base_url), None)


def _tag(*parts: object) -> str:
    """Return a short digest; the minute is in it because times and countdowns are shown."""
    found = caller()
    minute = _minute(clock.now())
    who = (found.workspace_id, found.user.id if found.user else None, found.role)
    words = repr((*parts, who, str(get_locale()), str(get_timezone()), minute))
    return hashlib.sha256(words.encode()).hexdigest()[:20]


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60
