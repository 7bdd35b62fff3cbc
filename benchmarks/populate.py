"""A workspace with a long past: conversations and messages by the million, made by the database.

Rows are inserted set-wise, with foreign keys unchecked and the secondary indexes and triggers
built at the end: the way in is not what is measured. One conversation in ten is in work, the
others are resolved, archived or snoozed. Every message holds "hello", every tenth "price", one
in 50,000 "walnut", and two of 5,000 other words.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, func, select, text

from app.models import ChannelAccount, Contact, ContactIdentity, Conversation, Membership
from app.models.database import migrating, reading

AGENTS = 20
COMMON, FREQUENT, RARE = "hello", "price", "walnut"
SECONDS_APART = 30
LONG = 500
CHUNK = 20_000

_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
_SEARCHES = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE %fts5%'"
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE starts_with(indexname, 'ix_')"
_INSERTS = (
    """
    INSERT INTO contact (workspace_id, name, username, profile_checked_at, created_at)
    SELECT :workspace, 'Customer ' || n, 'customer.' || n, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP
    FROM numbers
    """,
    """
    INSERT INTO contact_identity (workspace_id, scope, kind, value, contact_id, created_at)
    SELECT :workspace, 'account:' || :account, 'channel_user', 1000000000000000 + n,
        :contact + n, CURRENT_TIMESTAMP
    FROM numbers
    """,
    """
    INSERT INTO lead (workspace_id, contact_id, stage, last_contact_at, last_contact_channel,
        created_at)
    SELECT :workspace, :contact + n, 'new', {moment}, 'instagram', {moment} FROM numbers
    """,
    """
    INSERT INTO conversation (workspace_id, account_id, identity_id, contact_id, channel, status,
        snoozed_until, assignee_id, preview, position_at, last_message_at, waiting_since,
        window_opened_at, unread_count, attention_count, created_at)
    SELECT :workspace, :account, :identity + n, :contact + n, 'instagram',
        CASE WHEN n % 20 = 0 THEN 'open' WHEN n % 20 = 1 THEN 'pending'
            WHEN n % 20 = 2 THEN 'snoozed' WHEN n % 20 < 6 THEN 'archived' ELSE 'resolved' END,
        CASE WHEN n % 20 = 2 THEN {later} END,
        CASE WHEN n % 3 > 0 THEN :agent - n % :agents END,
        'Hello, is it still there? (' || n || ')', {place}, {moment},
        CASE WHEN n % 4 = 0 THEN {moment} END, {moment},
        CASE WHEN n % 40 = 0 THEN 1 ELSE 0 END, CASE WHEN n % 2000 = 0 THEN 1 ELSE 0 END, {moment}
    FROM numbers
    """,
)
_MESSAGES = """
    INSERT INTO message (workspace_id, conversation_id, account_id, external_id, direction, kind,
        text, details, status, position_at, provider_at, received_at, sent_at)
    SELECT :workspace, :conversation + n, :account, 'm:' || n || ':' || k,
        CASE WHEN k % 2 = 0 THEN 'inbound' ELSE 'outbound' END, 'text',
        'hello w' || ((n * 31 + k * 7919) % 5000) || ' w' || ((n * 17 + k * 104729) % 5000)
            || CASE WHEN (n + k) % 10 = 0 THEN ' price' ELSE '' END
            || CASE WHEN (n * :each + k) % 50000 = 0 THEN ' walnut' ELSE '' END,
        '{{}}', CASE WHEN k % 2 = 0 THEN 'delivered' ELSE 'sent' END,
        {place} - (:each - 1 - k) * 1000, {moment}, {moment}, {moment}
    FROM numbers CROSS JOIN steps
    """


@dataclass(frozen=True)
class Ids:
    """What made rows belong to, and the id before the first one of each kind."""

    workspace: int
    account: int
    agent: int
    contact: int
    identity: int
    conversation: int


def populate(engine: Engine, workspace_id: int, conversations: int, each: int) -> None:
    """Make as many conversations of ``each`` messages in a workspace, and tidy up behind them."""
    started = time.monotonic()
    is_sqlite = engine.dialect.name == "sqlite"
    write = _sqlite if is_sqlite else _postgresql
    common = asdict(_ids(engine, workspace_id)) | {"each": each, "all": conversations}
    with migrating(engine) as connection, _unguarded(connection):

        def run(insert: str, **values: int) -> None:
            connection.execute(text(write(insert)), _used(write(insert), common | values))

        for first in range(1, conversations + 1, CHUNK):
            last = min(first + CHUNK - 1, conversations)
            for insert in _INSERTS:
                run(insert, first=first, last=last)
            run(_MESSAGES, first=first, last=last, oldest=0, newest=each - 1)
            connection.commit()
        if each < LONG:
            one = conversations - 1
            run(_MESSAGES, first=one, last=one, oldest=each - LONG, newest=-1)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if is_sqlite else "VACUUM ANALYZE"))
    seconds = time.monotonic() - started
    print(f"{conversations:,} conversations with {each} messages each, made in {seconds:.0f} s")


def _used(statement: str, values: dict[str, int]) -> dict[str, int]:
    given = values | {"agents": AGENTS}
    return {name: value for name, value in given.items() if f":{name}" in statement}


def _ids(engine: Engine, workspace_id: int) -> Ids:
    with reading(engine) as session:
        newest = {
            model: session.scalar(select(func.max(model.id))) or 0
            for model in (Contact, ContactIdentity, Conversation)
        }
        account = session.scalars(
            select(ChannelAccount.id).where(ChannelAccount.workspace_id == workspace_id)
        ).first()
        agent = session.scalar(
            select(func.max(Membership.user_id)).where(Membership.workspace_id == workspace_id)
        )
    assert account, "no account"
    assert agent, "no member"
    return Ids(
        workspace_id,
        account,
        agent,
        newest[Contact],
        newest[ContactIdentity],
        newest[Conversation],
    )


def _postgresql(insert: str) -> str:
    place = f"(extract(epoch FROM now())::bigint - (:all - n)::bigint * {SECONDS_APART}) * 1000"
    moment = f"now() - (:all - n) * interval '{SECONDS_APART} seconds'"
    numbers = "WITH numbers AS (SELECT generate_series(CAST(:first AS bigint), :last) AS n)"
    if "steps" in insert:
        numbers += ", steps AS (SELECT generate_series(CAST(:oldest AS bigint), :newest) AS k)"
    later = "now() + n % 600 * interval '1 minute'"
    return _with(numbers, insert, place, moment, later)


def _sqlite(insert: str) -> str:
    place = f"(unixepoch() - (:all - n) * {SECONDS_APART}) * 1000"
    moment = f"datetime('now', ((n - :all) * {SECONDS_APART}) || ' seconds') || '.000000'"
    numbers = (
        "WITH RECURSIVE numbers(n) AS "
        "(SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
    )
    if "steps" in insert:
        numbers += (
            ", steps(k) AS (SELECT :oldest UNION ALL SELECT k + 1 FROM steps WHERE k < :newest)"
        )
    later = "datetime('now', (n % 600) || ' minutes') || '.000000'"
    return _with(numbers, insert, place, moment, later)


def _with(numbers: str, insert: str, place: str, moment: str, later: str) -> str:
    head, values = insert.format(place=place, moment=moment, later=later).split("SELECT", 1)
    return f"{head} {numbers} SELECT {values}"


@contextmanager
def _unguarded(connection: Connection) -> Iterator[None]:
    """Leave out secondary indexes, triggers and foreign keys; build the first two at the end.

    The last needs a superuser on PostgreSQL.
    """
    run = connection.exec_driver_sql
    if connection.dialect.name == "sqlite":
        triggers = run(_TRIGGERS).all()
        for name, _ in triggers:
            run(f"DROP TRIGGER {name}")
        yield
        for _, definition in triggers:
            run(definition)
        for name in run(_SEARCHES).scalars().all():
            run(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608
    else:
        run("SET session_replication_role = replica")
        run("SET maintenance_work_mem = '1GB'")
        indexes = run(_INDEXES).all()
        for name, _ in indexes:
            run(f"DROP INDEX {name}")
        yield
        for _, definition in indexes:
            run(definition)
    connection.commit()
