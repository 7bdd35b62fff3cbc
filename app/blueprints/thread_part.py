"""The part of the inbox page that is the open conversation, also fetched alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import clock
from app.blueprints import tags
from app.blueprints.access import caller
from app.blueprints.panel_part import picture_url
from app.blueprints.selection import Selection, requested
from app.channels import registry
from app.channels.base import Limits
from app.extensions import reader
from app.inbox import doubts, listing, pace, thread, triage, window
from app.inbox.pages import Page, Place
from app.installation import current
from app.models import Conversation, Message
from app.models.states import MessageStatus
from app.present import bubbles, people, rules, snoozes, times
from app.present.chips import Chip, window_chip

UNREMARKABLE = timedelta(seconds=5)
"""An answer that waits no longer than this needs no explanation."""


@dataclass(frozen=True)
class ThreadPart:
    """One conversation and a page of its messages.

    ``since`` is the place of the first message that polls keep up to date, ``older`` that of the
    first one shown where there are older ones; ``before`` is set on pages of older ones.
    ``today`` is the reader's day: what was loaded under its name is not kept after midnight.
    """

    conversation: Conversation
    selection: Selection
    name: str
    handle: str | None
    initials: str
    hue: str
    picture: str | None
    channel_name: str
    account_name: str
    is_simulated: bool
    chip: Chip
    rule: rules.Rule | None
    limits: Limits
    colleagues: list[people.Colleague]
    snoozes: list[snoozes.Choice]
    asleep_until: str
    days: list[bubbles.Day]
    newest_id: int
    since: Place
    older: Place | None
    before: Place | None
    next_day: str | None
    today: str
    tag: str

    @property
    def query(self) -> dict[str, str]:
        """Return what every link and form of the part carries on."""
        return self.selection.page_query()


def thread_part(
    conversation: Conversation,
    selection: Selection,
    before: Place | None,
    since: Place | None = None,
) -> ThreadPart:
    """Return the thread of a conversation of the caller's workspace."""
    now = clock.now()
    page = _page(conversation, before, since)
    integration = conversation.account.integration
    name = people.name_of(conversation)
    has_token = bool(integration and current().keyring.has_access_token(integration))
    waits_until = _waits_until(conversation, page.rows)
    rule = rules.rule(conversation, now, has_token=has_token, waits_until=waits_until)
    return ThreadPart(
        conversation=conversation,
        selection=selection,
        name=name,
        handle=people.handle_of(conversation),
        initials=people.initials(name),
        hue=people.hue_of(conversation),
        picture=picture_url(conversation.contact_id, conversation.contact.picture),
        channel_name=people.CHANNEL_NAMES.get(conversation.channel, conversation.channel),
        account_name=conversation.account.name or conversation.account.external_id,
        is_simulated=bool(integration and integration.base_url),
        chip=window_chip(conversation, now, is_long=True),
        rule=rule,
        limits=registry.channel(conversation.channel).limits,
        colleagues=_colleagues(conversation),
        snoozes=snoozes.choices(now),
        asleep_until=_asleep_until(conversation, now),
        days=bubbles.days(
            page.rows,
            conversation.channel,
            now,
            doubts.doubts(reader(), page.rows, now),
            is_blocked=rule is not None and rule.blocks,
            is_slowed=waits_until is not None,
        ),
        newest_id=bubbles.last_id(page.rows),
        since=_first(page) if page.next else thread.BEGINNING,
        older=page.next,
        before=before,
        next_day=bubbles.day_at(before.position_at, now) if before else None,
        today=times.day_of(now).isoformat(),
        tag=tag_of(conversation),
    )


def _waits_until(conversation: Conversation, shown: Sequence[Message]) -> datetime | None:
    """Return until when Meta makes an answer wait; asked only where one is known to be queued."""
    queued_at = [one.received_at for one in shown if one.status == MessageStatus.QUEUED]
    if conversation.preview_status == MessageStatus.QUEUED and conversation.last_message_at:
        queued_at.append(conversation.last_message_at)
    until = pace.waits_until(reader(), conversation) if queued_at else None
    return until if until and until - min(queued_at) > UNREMARKABLE else None


def tag_of(conversation: Conversation) -> str:
    """Return the tag of a conversation's thread for the caller."""
    integration = conversation.account.integration
    state = thread.State(
        conversation.version,
        conversation.channel,
        conversation.window_opened_at,
        integration.updated_at if integration else None,
    )
    return thread_tag(tags.viewer(), conversation.id, state)


def thread_tag(who: tags.Viewer, conversation_id: int, state: thread.State) -> str:
    """Return the tag of a thread in its ``state``."""
    passed = window.passed(state.channel, state.window_opened_at, clock.now())
    query = sorted(requested().page_query().items())
    return tags.tag(
        who, "thread", conversation_id, state.version, passed, state.connection_at, query
    )


def _page(conversation: Conversation, before: Place | None, since: Place | None) -> Page[Message]:
    if before is not None:
        return listing.messages(reader(), conversation, before=before)
    return thread.newest(reader(), conversation, since)


def _first(page: Page[Message]) -> Place:
    return Place(page.rows[0].position_at, page.rows[0].id)


def _colleagues(conversation: Conversation) -> list[people.Colleague]:
    user = caller().user
    found = triage.assignable(reader(), conversation.workspace_id)
    return people.colleagues(found, user.id if user else None)


def _asleep_until(conversation: Conversation, now: datetime) -> str:
    until: datetime | None = conversation.snoozed_until
    return times.coming(until, now) if until else ""
