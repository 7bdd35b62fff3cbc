"""The part of the inbox page that is the open conversation, also fetched alone."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from app import clock
from app.blueprints import tags
from app.blueprints.selection import Selection
from app.channels import registry
from app.channels.base import Limits
from app.extensions import reader
from app.inbox import listing
from app.inbox.listing import Place
from app.inbox.window import WindowState, window_for
from app.models import Conversation
from app.present import bubbles, people
from app.present.chips import Chip, window_chip


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


def thread_tag(conversation_id: int, version: int) -> str:
    """Return the tag of a thread in its ``version``."""
    return tags.tag("thread", conversation_id, version, request.args.get("channel"))
