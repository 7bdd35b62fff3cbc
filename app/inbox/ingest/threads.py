"""The conversations a batch touches: found or opened, and folded forward message by message."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, FromClause, select
from sqlalchemy.orm import Session

from app import clock
from app.inbox.ingest.arrival import Account
from app.inbox.ingest.people import (
    IDENTITY_KEY,
    Known,
    Person,
    identity_key,
    is_identity,
    meet,
)
from app.models import ContactIdentity, Conversation
from app.models.base import BigId
from app.models.bulk import Columns, insert_rows, run_with_rows, update_rows
from app.models.states import ConversationStatus, Direction

PREVIEW_LENGTH = 200
PLACE: Columns = (*IDENTITY_KEY, ("account_id", BigId))


@dataclass(slots=True)
class Thread:
    """A conversation as it will be once the batch is committed, and as it was before.

    ``late_from`` is the place of the earliest message that came after later ones.
    """

    id: int
    workspace_id: int
    account_id: int
    contact_id: int
    channel: str
    status: str
    preview: str
    preview_direction: str
    preview_kind: str
    preview_status: str
    position_at: int
    last_message_at: datetime | None
    waiting_since: datetime | None
    window_opened_at: datetime | None
    unread_count: int
    version: int
    snoozed_until: datetime | None
    unread_before: int = field(init=False)
    waited_since: datetime | None = field(init=False)
    late_from: int | None = None

    def __post_init__(self) -> None:
        """Keep what the batch changes."""
        self.unread_before, self.waited_since = self.unread_count, self.waiting_since

    def add(self, message: dict[str, Any], at: datetime, *, opens_window: bool) -> None:
        """Fold one newly stored message in; messages come in the order of their places."""
        is_newest = message["position_at"] >= self.position_at
        if message["position_at"] <= self.position_at and self.late_from is None:
            self.late_from = message["position_at"]
        if message["direction"] == Direction.INBOUND:
            since = min(at, message["received_at"])  # Meta's clock may be ahead of ours
            self._customer_wrote(since, is_newest=is_newest, opens_window=opens_window)
        elif is_newest:
            self.unread_count = 0
            self.waiting_since = None
        if is_newest:
            self.position_at = message["position_at"]
            self.last_message_at = at
            self.preview = (message["text"] or "")[:PREVIEW_LENGTH]
            self.preview_direction = message["direction"]
            self.preview_kind = message["kind"]
            self.preview_status = message["status"]

    def _customer_wrote(self, at: datetime, *, is_newest: bool, opens_window: bool) -> None:
        self.unread_count += 1
        self.status = ConversationStatus.OPEN
        self.snoozed_until = None
        if is_newest:
            self.waiting_since = self.waiting_since or at
        if opens_window and (self.window_opened_at is None or at > self.window_opened_at):
            self.window_opened_at = at


def find_threads(session: Session, people: Collection[Person]) -> dict[Person, Thread]:
    """Return the conversation of each person, locked until commit.

    Who writes for the first time becomes a contact with a conversation.
    """
    found = _load(session, people)
    missing = [person for person in people if person not in found]
    if missing:
        _open(session, meet(session, missing))
        found |= _load(session, missing)
    return found


def save_threads(session: Session, threads: Iterable[Thread]) -> None:
    """Write the folded conversations back, each with its version raised."""
    update_rows(
        session,
        Conversation,
        [
            {
                "id": thread.id,
                "status": thread.status,
                "snoozed_until": thread.snoozed_until,
                "preview": thread.preview,
                "preview_direction": thread.preview_direction,
                "preview_kind": thread.preview_kind,
                "preview_status": thread.preview_status,
                "position_at": thread.position_at,
                "last_message_at": thread.last_message_at,
                "waiting_since": thread.waiting_since,
                "window_opened_at": thread.window_opened_at,
                "unread_count": thread.unread_count,
                "version": thread.version + 1,
            }
            for thread in threads
        ],
    )


def _load(session: Session, people: Collection[Person]) -> dict[Person, Thread]:
    by_key = {(account.id, value): (account, value) for account, value in people}
    asked = [identity_key(person) | {"account_id": person[0].id} for person in people]
    found = {}
    for value, *fields in run_with_rows(session, _of_people, PLACE, asked):
        thread = Thread(*fields)
        found[by_key[thread.account_id, value]] = thread
    return found


def _of_people(given: FromClause) -> Executable:
    c = Conversation
    return (
        select(
            ContactIdentity.value, c.id, c.workspace_id, c.account_id, ContactIdentity.contact_id,
            c.channel, c.status, c.preview, c.preview_direction, c.preview_kind, c.preview_status,
            c.position_at, c.last_message_at, c.waiting_since, c.window_opened_at,
            c.unread_count, c.version, c.snoozed_until,
        )
        .select_from(given)
        .join(ContactIdentity, is_identity(given))
        .join(c, (c.identity_id == ContactIdentity.id) & (c.account_id == given.c.account_id))
        .order_by(c.id)
        .with_for_update(of=c)
    )  # fmt: skip


def _open(session: Session, missing: dict[Person, Known]) -> None:
    moment = clock.now()
    blank = [_blank(account, who, moment) for (account, _), who in missing.items()]
    insert_rows(session, Conversation, blank)


def _blank(account: Account, who: Known, moment: datetime) -> dict[str, Any]:
    return {
        "workspace_id": account.workspace_id,
        "account_id": account.id,
        "identity_id": who.identity_id,
        "contact_id": who.contact_id,
        "channel": account.channel,
        "created_at": moment,
    }


def people_of(pairs: Iterable[tuple[Account, str]]) -> Collection[Person]:
    """Return each (account, person) once, in a stable order."""
    return sorted(set(pairs), key=lambda pair: (pair[0].id, pair[1]))
