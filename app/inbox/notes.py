"""What colleagues should know about a person; never sent anywhere."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.inbox.errors import Filled, NotFound, Refused, Trouble
from app.inbox.reply import Author
from app.inbox.versions import raise_contact
from app.models import Contact, ContactNote

MAX_LENGTH = 5_000
TWICE = timedelta(seconds=30)
"""The same note of the same author within this time is one that was sent twice."""


def listed(
    session: Session,
    workspace_id: int,
    contact_id: int,
    *,
    before_id: int | None = None,
    limit: int = 50,
) -> list[ContactNote]:
    """Return the notes on a contact with their authors, newest first."""
    query = select(ContactNote).where(
        ContactNote.workspace_id == workspace_id, ContactNote.contact_id == contact_id
    )
    if before_id is not None:
        query = query.where(ContactNote.id < before_id)
    query = query.options(joinedload(ContactNote.author))
    return list(session.scalars(query.order_by(ContactNote.id.desc()).limit(limit)))


def add(session: Session, author: Author, contact_id: int, text: str) -> ContactNote:
    """Note ``text`` about a contact of the author's workspace; sent twice it is one note.

    Raises :class:`NotFound`, and :class:`Refused` for an empty or too long text.
    """
    text = _clean(text)
    if not text:
        raise Refused(_empty())
    if len(text) > MAX_LENGTH:
        raise Refused(_too_long(len(text)))
    _exists(session, author.workspace_id, contact_id)
    raise_contact(session, author.workspace_id, contact_id)
    earlier = listed(session, author.workspace_id, contact_id, limit=1)
    if earlier and _is_the_same(earlier[0], author, text):
        return earlier[0]
    note = ContactNote(
        workspace_id=author.workspace_id,
        contact_id=contact_id,
        author_id=author.user_id,
        text=text,
        created_at=clock.now(),
    )
    session.add(note)
    session.flush()
    return note


def delete(session: Session, author: Author, contact_id: int, note_id: int) -> None:
    """Take away a note of one's own on a contact; one that is gone already is no trouble.

    Raises :class:`NotFound`, also for a note of somebody else.
    """
    _exists(session, author.workspace_id, contact_id)
    raise_contact(session, author.workspace_id, contact_id)
    note = session.get(ContactNote, note_id)
    if note is None:
        return
    place = (note.workspace_id, note.contact_id, note.author_id)
    if author.user_id is None or place != (author.workspace_id, contact_id, author.user_id):
        raise NotFound
    session.delete(note)


def _exists(session: Session, workspace_id: int, contact_id: int) -> None:
    query = select(Contact.id).where(Contact.workspace_id == workspace_id, Contact.id == contact_id)
    if session.scalar(query) is None:
        raise NotFound


def _clean(text: str) -> str:
    """Return ``text`` as every database takes it, without blank ends."""
    kept = "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)
    return kept.replace("\r\n", "\n").strip()


def _is_the_same(note: ContactNote, author: Author, text: str) -> bool:
    same = (note.author_id, note.text) == (author.user_id, text)
    return same and clock.now() - note.created_at < TWICE


def _empty() -> Trouble:
    return Trouble(
        message="The note is empty.",
        explanation="There is nothing to keep.",
        next_step="Write something first.",
    )


def _too_long(length: int) -> Trouble:
    return Trouble(
        message=Filled(
            "The note is too long: %(length)s of %(most)s characters.",
            length=length,
            most=MAX_LENGTH,
        ),
        explanation="A note is for what colleagues should know at a glance.",
        next_step="Shorten it, or write it as two notes.",
    )
