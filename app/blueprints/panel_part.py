"""The part of the inbox page that tells of the contact, also fetched alone."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, request, url_for

from app import clock
from app.blueprints import tags
from app.blueprints.access import caller
from app.blueprints.converters import read_id
from app.blueprints.selection import Selection, requested_place, write_place
from app.extensions import reader
from app.inbox import communication, contacts, leads, notes
from app.inbox.errors import Trouble
from app.inbox.pages import Place
from app.inbox.permissions import Permission
from app.models import Conversation
from app.present import panel, people
from app.present.times import day

NOTES = 20
LINES = 200
"""How many messages the timeline looks back at, to tell of up to twenty days."""


@dataclass(frozen=True)
class PanelPart:
    """The contact of a conversation, as the caller sees it.

    ``before_note`` and ``before_line`` are set on pages of older ones, ``older_note`` and
    ``older_line`` lead to the next. ``trouble`` and ``draft`` come with a refused note.
    """

    conversation: Conversation
    query: dict[str, str]
    name: str
    username: str | None
    followers: str | None
    picture: str | None
    initials: str
    hue: str
    channel_name: str
    account_name: str
    is_simulated: bool
    first_seen: panel.When
    may_edit: bool
    lead: panel.LeadLine | None
    notes: list[panel.NoteLine]
    before_note: int | None
    older_note: int | None
    others: list[panel.Other]
    passed: list[panel.Passed]
    before_line: Place | None
    older_line: Place | None
    trouble: Trouble | None
    draft: str
    tag: str

    def at(self, **turned: str | None) -> dict[str, str]:
        """Return the URL parameters of what is shown, with other places in notes or log."""
        here = {
            "notes": str(self.before_note) if self.before_note else None,
            "log": write_place(self.before_line) if self.before_line else None,
        }
        return self.query | {name: value for name, value in (here | turned).items() if value}

    @property
    def note_limit(self) -> int:
        """Return how many characters a note may have."""
        return notes.MAX_LENGTH


def panel_part(
    conversation: Conversation,
    selection: Selection,
    trouble: Trouble | None = None,
    draft: str = "",
) -> PanelPart:
    """Return what is known of the contact of a conversation of the caller's workspace."""
    now, session, contact = clock.now(), reader(), conversation.contact
    workspace_id = conversation.workspace_id
    before_note, before_line = requested_note(), requested_place("log")
    found = notes.listed(session, workspace_id, contact.id, before_id=before_note, limit=NOTES + 1)
    lines = communication.listed(
        session, workspace_id, contact_id=contact.id, before=before_line, limit=LINES
    )
    passed, told = panel.passed(lines.rows, lines.next, now)
    is_cut = lines.next is not None or told < len(lines.rows)
    me = caller().user
    integration = conversation.account.integration
    name = people.name_of(conversation)
    return PanelPart(
        conversation=conversation,
        query=selection.page_query(),
        name=name,
        username=contact.username,
        followers=panel.followers(contact.follower_count),
        picture=picture_url(contact.id, contact.picture),
        initials=people.initials(name),
        hue=people.hue_of(conversation),
        channel_name=people.CHANNEL_NAMES.get(conversation.channel, conversation.channel),
        account_name=conversation.account.name or conversation.account.external_id,
        is_simulated=bool(integration and integration.base_url),
        first_seen=panel.when(contact.created_at, day(contact.created_at)),
        may_edit=caller().may(Permission.EDIT_CONTACTS),
        lead=panel.lead_line(leads.latest(session, workspace_id, contact.id)),
        notes=[panel.note_line(one, me.id if me else None, now) for one in found[:NOTES]],
        before_note=before_note,
        older_note=found[NOTES - 1].id if len(found) > NOTES else None,
        others=[
            panel.other(one, now) for one in contacts.other_conversations(session, conversation)
        ],
        passed=passed,
        before_line=before_line,
        older_line=communication.place_of(lines.rows[told - 1]) if is_cut else None,
        trouble=trouble,
        draft=draft,
        tag=panel_tag(tags.viewer(), conversation.id, conversation.version),
    )


def panel_tag(who: tags.Viewer, conversation_id: int, version: int) -> str:
    """Return the tag of a conversation's panel in its ``version``."""
    return tags.tag(who, "panel", conversation_id, version, sorted(request.args.items()))


def requested_note() -> int | None:
    """Return the note before which the request asks for notes; aborts with 404 for nonsense."""
    given = request.args.get("notes")
    if not given:
        return None
    found = read_id(given)
    if found is None:
        abort(404)
    return found


def picture_url(contact_id: int, picture: str | None) -> str | None:
    """Return where our copy of a picture is served; another picture has another address."""
    if picture is None:
        return None
    return url_for("media.picture", contact_id=contact_id, v=picture[:12])
