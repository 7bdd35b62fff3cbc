"""The conversations a batch touches: found or opened, and folded forward message by message."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, FromClause, select
from sqlalchemy.orm import Session

from app import clock
from app.inbox.ingest.arrival import Account
from app.inbox.ingest.people import Known, Person
from app.models import Conversation
from app.models.bulk import ids, insert_rows, run_with_ids, update_rows
from app.models.states import ConversationStatus, Direction

PREVIEW_LENGTH = 200


@dataclass(slots=True)
class Thread:
    """A conversation as it will be once the batch is committed."""

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
    was_unread: bool
    snoozed_until: datetime | None = None

    def add(self, message: dict[str, Any], at: datetime, *, opens_window: bool) -> None:
        """Fold one newly stored message in; messages come in the order of their places."""
        is_newest = message["position_at"] >= self.position_at
        if message["direction"] == Direction.INBOUND:
            self._customer_wrote(at, is_newest=is_newest, opens_window=opens_window)
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


def find_threads(session: Session, known: dict[Person, Known]) -> dict[Person, Thread]:
    """Return the conversation of each person, locked until commit; missing ones are opened."""
    if not known:
        return {}
    by_place = {(account.id, who.identity_id): (account, v) for (account, v), who in known.items()}
    found = _load(session, by_place)
    missing = {person: who for person, who in known.items() if person not in found}
    if missing:
        _open(session, missing)
        places = {
            (account.id, who.identity_id): (account, v) for (account, v), who in missing.items()
        }
        found |= _load(session, places)
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


def _load(session: Session, places: dict[tuple[int, int], Person]) -> dict[Person, Thread]:
    identities = {identity for _, identity in places}
    found = {}
    for row in run_with_ids(session, _of_identities, identities).mappings():
        person = places.get((row["account_id"], row["identity_id"]))
        if person is not None:
            fields = {key: value for key, value in row.items() if key != "identity_id"}
            found[person] = Thread(was_unread=row["unread_count"] > 0, **fields)
    return found


def _of_identities(given: FromClause) -> Executable:
    c = Conversation
    return (
        select(
            c.id, c.workspace_id, c.account_id, c.identity_id, c.contact_id, c.channel, c.status,
            c.preview, c.preview_direction, c.preview_kind, c.preview_status, c.position_at,
            c.last_message_at, c.waiting_since, c.window_opened_at, c.unread_count, c.version,
            c.snoozed_until,
        )
        .where(c.identity_id.in_(ids(given)))
        .order_by(c.id)
        .with_for_update()
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
