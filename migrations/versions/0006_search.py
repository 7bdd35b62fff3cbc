"""Search: an index of the words of messages and of the names of contacts

Revision ID: 0006
Revises: 0005
"""

# ruff: noqa: S608 - the statements are put together of names in this file alone

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Where one word ends and the next begins, beyond what PostgreSQL's parser takes for it: without
# these, "sandro.k" and "shop.example/8H2K" would be one word each.
PUNCTUATION = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"

# Each word is stored as "workspace#block:word". A block is 32,768 consecutive ids: so a search
# goes through the blocks from the newest to the oldest and stops when it has found enough.
WORDS = f"""
CREATE FUNCTION search_words(workspace_id bigint, id bigint, words text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
AS $$
    SELECT pg_catalog.array_to_tsvector(ARRAY(
        SELECT workspace_id || '#' || (id >> 15) || ':' || pg_catalog.left(word, 50)
        FROM pg_catalog.unnest(pg_catalog.tsvector_to_array(pg_catalog.to_tsvector(
            'pg_catalog.simple'::pg_catalog.regconfig,
            pg_catalog.translate(
                pg_catalog.left(words, 10000),
                '{PUNCTUATION}',
                pg_catalog.repeat(' ', 32)
            )
        ))) AS word
    ))
$$
"""
MESSAGES = """
CREATE INDEX ix_message_search ON message
USING gin (search_words(workspace_id, id, text)) WITH (fastupdate = off)
WHERE text IS NOT NULL
"""
CONTACTS = """
CREATE INDEX ix_contact_search ON contact
USING gin (search_words(workspace_id, id, coalesce(name, '') || ' ' || coalesce(username, '')))
WITH (fastupdate = off)
"""
POSTGRESQL = (WORDS, MESSAGES, CONTACTS)
SQLITE = {"message": "text", "contact": "name, username"}


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for statement in POSTGRESQL:
            op.execute(statement)
        return
    for table, columns in SQLITE.items():
        _index(table, f"workspace_id, {columns}")


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_index("ix_contact_search", "contact")
        op.drop_index("ix_message_search", "message")
        op.execute("DROP FUNCTION search_words")
        return
    for table in SQLITE:
        for deed in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {table}_search_{deed}")
        op.execute(f"DROP TABLE {table}_search")


def _index(table: str, columns: str) -> None:
    """Make a full-text table over ``columns`` and keep it true with triggers.

    Source: sqlite.org/fts5.html, "External Content Tables".
    """
    name = f"{table}_search"
    old, new = (
        ", ".join(f"{row}.{column}" for column in columns.split(", ")) for row in ("old", "new")
    )
    forget = f"INSERT INTO {name}({name}, rowid, {columns}) VALUES ('delete', old.id, {old});"
    learn = f"INSERT INTO {name}(rowid, {columns}) VALUES (new.id, {new});"
    op.execute(
        f"CREATE VIRTUAL TABLE {name} USING fts5({columns}, content='{table}', "
        "content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    )
    for deed, body in (
        ("INSERT", learn),
        (f"UPDATE OF {columns}", forget + learn),
        ("DELETE", forget),
    ):
        trigger = f"{name}_{deed.split()[0].lower()}"
        op.execute(f"CREATE TRIGGER {trigger} AFTER {deed} ON {table} BEGIN {body} END")
    op.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")
