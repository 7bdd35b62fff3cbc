"""One batch of items becomes contacts, conversations and messages, in one transaction.

Every statement carries the whole batch. What was stored already changes nothing: the unique key
of a message (account, external id) makes the effects happen exactly once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from app import clock
from app.channels.events import Event, MessageEchoed, MessageReceived, Postback, Unknown
from app.inbox.counters import count_unread
from app.inbox.ingest.arrival import Arrival
from app.inbox.ingest.disorder import put_right
from app.inbox.ingest.echoes import settle_echoes
from app.inbox.ingest.people import Person, Touch, open_leads, touch_leads
from app.inbox.ingest.threads import Thread, find_threads, people_of, save_threads
from app.inbox.profile_queue import mark_old
from app.inbox.versions import raise_workspaces
from app.models import Attachment, CommunicationLog, Message
from app.models.bulk import Insert, insert_rows
from app.models.states import Direction, MessageStatus, Outcome

SUMMARY_LENGTH = 200
Stored = tuple[Arrival, dict[str, Any]]


def apply(session: Session, arrivals: Sequence[Arrival]) -> None:
    """Apply the items that were routed to the inbox and give each its outcome.

    The caller commits, and records the outcomes in the same transaction.
    """
    routed = [arrival for arrival in arrivals if arrival.is_open]
    if not routed:
        return
    people = people_of(map(_person, routed))
    threads = find_threads(session, people)
    echoes = [arrival for arrival in routed if _by_us(arrival)]
    foreign = settle_echoes(session, echoes, threads)
    if echoes:
        threads = find_threads(session, people)  # a confirmed send has changed what they show
    inbound = [arrival for arrival in routed if not _by_us(arrival)]
    stored = _store([*inbound, *foreign], session, threads)
    _attach(session, stored)
    leads = _touch_leads(session, stored, threads)
    mark_old(session, {threads[_person(one)].contact_id for one, _ in stored if not _by_us(one)})
    _log(session, stored, threads, leads)
    _fold(session, stored, threads)


def _person(arrival: Arrival) -> Person:
    assert arrival.account is not None  # noqa: S101 - routed before
    return arrival.account, arrival.event.person or ""


def _by_us(arrival: Arrival) -> bool:
    event = arrival.event
    return isinstance(event, MessageEchoed) or (isinstance(event, Unknown) and event.by_us)


def _store(
    arrivals: Sequence[Arrival], session: Session, threads: dict[Person, Thread]
) -> list[Stored]:
    """Insert the messages and return those that were new, in the order of their places."""
    fresh: dict[tuple[int, str], Stored] = {}
    for arrival in arrivals:
        row = _message(arrival, threads[_person(arrival)])
        key = row["account_id"], row["external_id"]
        if key in fresh:
            arrival.settle(Outcome.DUPLICATE, "the same message again")
        else:
            fresh[key] = arrival, row
    if not fresh:
        return []
    made = insert_rows(session, Message, [row for _, row in fresh.values()], _only_new)
    ids = {(account_id, external_id): id_ for account_id, external_id, id_ in made}
    stored: list[Stored] = []
    for key, (arrival, row) in fresh.items():
        if key in ids:
            arrival.settle(Outcome.APPLIED)
            stored.append((arrival, row | {"id": ids[key]}))
        else:
            arrival.settle(Outcome.DUPLICATE, "the same message again")
    return sorted(stored, key=lambda pair: (pair[1]["position_at"], pair[1]["id"]))


def _only_new(insert: Insert) -> Executable:
    new = insert.on_conflict_do_nothing()
    return new.returning(Message.account_id, Message.external_id, Message.id)


def _message(arrival: Arrival, thread: Thread) -> dict[str, Any]:
    event = arrival.event
    by_us = _by_us(arrival)
    return {
        "workspace_id": thread.workspace_id,
        "conversation_id": thread.id,
        "account_id": thread.account_id,
        "event_id": arrival.event_id,
        "external_id": arrival.key,
        "direction": Direction.OUTBOUND if by_us else Direction.INBOUND,
        "status": MessageStatus.SENT if by_us else MessageStatus.DELIVERED,
        "via": "app" if by_us else None,
        "position_at": clock.milliseconds(arrival.moment),
        "provider_at": event.occurred_at,
        "sent_at": arrival.moment,
        "received_at": arrival.received_at,
        "reply_to": getattr(event, "reply_to", None),
        **_content(event),
    }


def _content(event: Event) -> dict[str, Any]:
    found = _recovery(event)
    match event:
        case MessageReceived(kind=kind, text=text, details=details):
            return {"kind": kind, "text": text, "details": details | found}
        case MessageEchoed(kind=kind, text=text):
            return {"kind": kind, "text": text, "details": found}
        case Postback(title=title, payload=payload):
            return {"kind": "postback", "text": title, "details": {"payload": payload} | found}
        case Unknown(name=name):
            return {"kind": "unsupported", "text": None, "details": {"name": name} | found}
    raise TypeError(f"no message for {type(event).__name__}")


def _recovery(event: Event) -> dict[str, Any]:
    """Return what a message says of itself where no webhook brought it."""
    flags = {"recovered": event.recovered, "after_gap": event.after_gap}
    return {name: True for name, is_so in flags.items() if is_so}


def _attach(session: Session, stored: Sequence[Stored]) -> None:
    files = [
        {
            "workspace_id": row["workspace_id"],
            "message_id": row["id"],
            "position": position,
            "kind": file.kind,
            "source_url": file.url,
            "title": file.title,
        }
        for arrival, row in stored
        for position, file in enumerate(getattr(arrival.event, "files", ()))
    ]
    if files:
        insert_rows(session, Attachment, files)


def _touch_leads(
    session: Session, stored: Sequence[Stored], threads: dict[Person, Thread]
) -> dict[int, int]:
    return touch_leads(
        session,
        (
            Touch(
                row["workspace_id"],
                threads[_person(arrival)].contact_id,
                arrival.channel or "",
                arrival.moment,
            )
            for arrival, row in stored
            if row["direction"] == Direction.INBOUND
        ),
    )


def _log(
    session: Session,
    stored: Sequence[Stored],
    threads: dict[Person, Thread],
    leads: dict[int, int],
) -> None:
    contacts = {threads[_person(arrival)].contact_id for arrival, _ in stored}
    leads |= open_leads(session, contacts - leads.keys())
    lines = [
        {
            "workspace_id": row["workspace_id"],
            "message_id": row["id"],
            "contact_id": (contact_id := threads[_person(arrival)].contact_id),
            "lead_id": leads.get(contact_id),
            "channel": arrival.channel,
            "direction": row["direction"],
            "summary": (row["text"] or row["kind"])[:SUMMARY_LENGTH],
            "occurred_at": arrival.moment,
        }
        for arrival, row in stored
    ]
    if lines:
        insert_rows(session, CommunicationLog, lines)


def _fold(session: Session, stored: Sequence[Stored], threads: dict[Person, Thread]) -> None:
    touched: dict[int, Thread] = {}
    for arrival, row in stored:
        thread = threads[_person(arrival)]
        thread.add(row, arrival.moment, opens_window=_opens_window(arrival))
        touched[thread.id] = thread
    put_right(session, touched.values(), {row["id"] for _, row in stored})
    save_threads(session, [touched[id_] for id_ in sorted(touched)])
    more: Counter[tuple[int, str]] = Counter()
    for thread in touched.values():
        more[thread.workspace_id, thread.channel] += (thread.unread_count > 0) - (
            thread.unread_before > 0
        )
    count_unread(session, more)
    raise_workspaces(session, {thread.workspace_id for thread in touched.values()})


def _opens_window(arrival: Arrival) -> bool:
    """Say whether the item lets the business answer: the customer wrote, tapped or reacted.

    Source: developers.facebook.com/documentation/business-messaging/messenger-platform/policy.
    """
    event = arrival.event
    return isinstance(event, MessageReceived | Postback) or (
        isinstance(event, Unknown) and event.opens_window
    )
