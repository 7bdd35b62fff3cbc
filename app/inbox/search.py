"""Finding conversations by the words of their messages and by the names of people.

All words must occur, the last one may be the beginning of a word. Both databases go from the
newest to the oldest and stop when they have found enough, so a common word costs no more than a
rare one: see docs/decisions/0011-search.md.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from app.inbox.listing import among, conversations
from app.inbox.pages import PAGE, Page, Place
from app.inbox.views import Condition, Filter, conditions
from app.models import Conversation, Message

MAX_LENGTH = 200
MAX_WORDS = 8
MAX_WORD = 50
"""As many letters of a word are in PostgreSQL's index."""
MAX_PEOPLE = 20
CANDIDATES = 4
"""How many matching messages are looked at for each conversation of a page."""
_SPACES = str.maketrans(dict.fromkeys("\0" + string.punctuation, " "))

# PostgreSQL itself says what a word is: the index was made by the same parser.
_LEXEMES = text(
    "SELECT lexeme FROM unnest(to_tsvector('simple', :words)) ORDER BY positions[1] LIMIT :most"
)
# Goes block by block (see migration 0006). OFFSET 0 keeps the planner from walking the primary
# key instead, and compiling the statement would take longer than running it.
_PLAIN = text("SET jit = off")
_BLOCKS = """
SELECT found.id
FROM generate_series(
    least((SELECT coalesce(max(id), 0) FROM {table}), :before - 1) >> 15, 0, -1
) AS block
CROSS JOIN LATERAL (
    SELECT id FROM (
        SELECT id FROM {table}
        WHERE {words} @@ replace(:pattern, '~', block::text)::tsquery AND id < :before OFFSET 0
    ) AS matching
    ORDER BY id DESC LIMIT :most
) AS found
LIMIT :most
"""
_ON_POSTGRESQL = {
    "message": text(
        _BLOCKS.format(
            table="message", words="text IS NOT NULL AND search_words(workspace_id, id, text)"
        )
    ),
    "contact": text(
        _BLOCKS.format(
            table="contact",
            words="search_words(workspace_id, id, "
            "coalesce(name, '') || ' ' || coalesce(username, ''))",
        )
    ),
}
_ON_SQLITE = {
    table: text(
        f"SELECT rowid FROM {table}_search WHERE {table}_search MATCH :pattern "  # noqa: S608 - names of this file
        "AND rowid < :before ORDER BY rowid DESC LIMIT :most"
    )
    for table in _ON_POSTGRESQL
}
_SQLITE_COLUMNS = {"message": "text", "contact": "{name username}"}
_END = 2**62
"""Beyond every id."""


Match = Row[int, int, int, str | None]
"""A message: its id, its place, its conversation's id and its text."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that was found: by a message, or by the person's name (``message`` None)."""

    conversation_id: int
    message: Match | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, each conversation once, and the message id before which the next begins.

    ``words`` is how the search was understood; empty where there is nothing to search for.
    """

    words: list[str]
    hits: list[Hit]
    next: int | None = None


def search(
    session: Session,
    workspace_id: int,
    asked: str,
    *where: Condition,
    before: int | None = None,
    limit: int = PAGE,
) -> Found:
    """Return the workspace's conversations in which ``asked`` occurs, the newest match first.

    People come first, on the first page. ``where`` narrows the conversations: then a page may be
    empty though another follows, because only so many messages are looked at for one page.
    """
    words = split(session, asked)
    if not words:
        return Found([], [])
    people: list[Hit] = []
    if before is None:
        contacts = _ids(session, "contact", workspace_id, words, _END, MAX_PEOPLE)
        people = _of_people(session, workspace_id, contacts, where)
    ids = _ids(session, "message", workspace_id, words, before or _END, limit * CANDIDATES)
    messages, last = _first_of_each(session, ids, {hit.conversation_id for hit in people}, limit)
    mentioned = Conversation.id.in_(one.conversation_id for one in messages)
    shown = set(_conversations(session, workspace_id, mentioned, *where))
    hits = [Hit(one.conversation_id, one) for one in messages if one.conversation_id in shown]
    is_last = len(ids) < limit * CANDIDATES and last == min(ids, default=last)
    return Found(words, people + hits, None if is_last else last)


def contact_ids(
    session: Session, workspace_id: int, asked: str, *, before: int | None, limit: int
) -> Sequence[int]:
    """Return the ids of the workspace's contacts whose names hold ``asked``, newest first."""
    words = split(session, asked)
    start = _END if before is None else before
    return _ids(session, "contact", workspace_id, words, start, limit) if words else []


def listed(
    session: Session,
    workspace_id: int,
    wanted: Filter,
    asked: str | None,
    *,
    after: Place | None = None,
    limit: int = PAGE,
) -> Page[Conversation]:
    """Return a page of conversations: a plain list, or those in which ``asked`` occurs."""
    if not asked or not asked.strip():
        return conversations(session, workspace_id, wanted, after=after, limit=limit)
    before = after.id if after else None
    found = search(session, workspace_id, asked, *conditions(wanted), before=before, limit=limit)
    following = Place(0, found.next) if found.next is not None else None
    ids = [hit.conversation_id for hit in found.hits]
    shown = among(session, workspace_id, ids)
    return Page([shown[one] for one in ids if one in shown], following)


def split(session: Session, asked: str) -> list[str]:
    """Return the words to look for, as the database's index knows them."""
    plain = asked[:MAX_LENGTH].translate(_SPACES)
    if _is_sqlite(session):
        # FTS5 finds nothing at all where one of the words has no letter: an emoji, a dash.
        return [word for word in plain.split() if any(map(str.isalnum, word))][:MAX_WORDS]
    return list(session.scalars(_LEXEMES, {"words": plain, "most": MAX_WORDS}))


def _ids(
    session: Session, table: str, workspace_id: int, words: list[str], before: int, most: int
) -> Sequence[int]:
    """Return the ids of the newest rows in which all words occur, newest first."""
    given = {"before": before, "most": most}
    if _is_sqlite(session):
        every = " AND ".join(f'"{word}"' for word in words)
        pattern = f'workspace_id:"{workspace_id}" AND {_SQLITE_COLUMNS[table]}:({every}*)'
        return session.scalars(_ON_SQLITE[table], given | {"pattern": pattern}).all()
    session.execute(_PLAIN)
    pattern = " & ".join(f"'{workspace_id}#~:{word[:MAX_WORD]}'" for word in words)
    return session.scalars(_ON_POSTGRESQL[table], given | {"pattern": f"{pattern}:*"}).all()


def _first_of_each(
    session: Session, ids: Sequence[int], known: set[int], limit: int
) -> tuple[list[Match], int | None]:
    """Return the newest message of each conversation that is not known, and the last id read."""
    query = select(Message.id, Message.position_at, Message.conversation_id, Message.text)
    rows = session.execute(query.where(Message.id.in_(ids)).order_by(Message.id.desc()))
    found: dict[int, Match] = {}
    last = None
    for row in rows:
        if len(found) == limit:
            break
        last = row.id
        if row.conversation_id not in known:
            found.setdefault(row.conversation_id, row)
    return list(found.values()), last


def _of_people(
    session: Session,
    workspace_id: int,
    contacts: Sequence[int],
    where: Sequence[Condition],
) -> list[Hit]:
    found = _conversations(session, workspace_id, Conversation.contact_id.in_(contacts), *where)
    return [Hit(conversation_id, None) for conversation_id in found]


def _conversations(session: Session, workspace_id: int, *where: Condition) -> Sequence[int]:
    """Return the ids of conversations, the newest message first."""
    query = select(Conversation.position_at, Conversation.id)
    found = session.execute(query.where(Conversation.workspace_id == workspace_id, *where)).all()
    return [conversation_id for _, conversation_id in sorted(found, reverse=True)]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
