"""The simulator's memory: one SQLite file, so that a restart keeps every thread and every retry."""

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulator.model import Account, Contact, Customer, Message, MetaApp

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY, token TEXT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS customer (
  id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS contact (
  igsid TEXT PRIMARY KEY, customer_id INTEGER NOT NULL, account_id TEXT NOT NULL,
  doc TEXT NOT NULL, UNIQUE (customer_id, account_id));
CREATE TABLE IF NOT EXISTS message (
  position INTEGER PRIMARY KEY AUTOINCREMENT, mid TEXT NOT NULL, account_id TEXT NOT NULL,
  customer_id INTEGER NOT NULL, direction TEXT NOT NULL, doc TEXT NOT NULL,
  UNIQUE (account_id, mid));
CREATE INDEX IF NOT EXISTS message_thread ON message (customer_id, account_id, position);
CREATE TABLE IF NOT EXISTS held (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id TEXT NOT NULL, lane TEXT NOT NULL,
  mid TEXT, item TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id TEXT NOT NULL, lane TEXT NOT NULL,
  body BLOB NOT NULL, state TEXT NOT NULL, next_at REAL NOT NULL, created_at REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, attempts TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (next_at, id) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS delivery_message (
  account_id TEXT NOT NULL, mid TEXT NOT NULL, delivery_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, mid, delivery_id)) WITHOUT ROWID;
"""

TRAFFIC = ("contact", "message", "held", "delivery", "delivery_message")
TABLES = ("setting", "account", "customer", *TRAFFIC)


class Store:
    """Documents by key; one connection under one lock, every write its own transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {SCHEMA}")
        self._boot = uuid.uuid4().hex[:8]

    def close(self) -> None:
        with self.lock:
            self._db.close()

    @property
    def version(self) -> str:
        """Changes whenever anything stored changes."""
        return f"{self._boot}-{self._db.total_changes}"

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; may be nested, the outermost one decides."""
        with self.lock:
            if self._db.in_transaction:
                yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._db.execute(sql, values).fetchall()

    def clear(self, *, keep_world: bool) -> None:
        """Forget the traffic, and the accounts and customers too unless `keep_world`."""
        with self.transaction() as db:
            for table in TRAFFIC if keep_world else TABLES:
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours

    # settings

    def app(self) -> MetaApp:
        found = self.rows("SELECT doc FROM setting WHERE name = 'app'")
        return MetaApp.model_validate_json(found[0][0]) if found else MetaApp()

    def put_app(self, app: MetaApp) -> None:
        self._put_setting("app", app.model_dump_json())

    def clock_offset(self) -> float:
        found = self.rows("SELECT doc FROM setting WHERE name = 'clock'")
        return float(found[0][0]) if found else 0.0

    def put_clock_offset(self, seconds: float) -> None:
        self._put_setting("clock", str(seconds))

    def _put_setting(self, name: str, doc: str) -> None:
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, doc))

    # accounts

    def accounts(self) -> list[Account]:
        found = self.rows("SELECT doc FROM account ORDER BY rowid")
        return [Account.model_validate_json(doc) for (doc,) in found]

    def account(self, account_id: str) -> Account | None:
        return self._one_account("SELECT doc FROM account WHERE id = ?", account_id)

    def account_of_token(self, token: str) -> Account | None:
        return self._one_account("SELECT doc FROM account WHERE token = ?", token)

    def _one_account(self, sql: str, value: str) -> Account | None:
        found = self.rows(sql, value)
        return Account.model_validate_json(found[0][0]) if found else None

    def put_account(self, account: Account) -> None:
        row = (account.id, account.token, account.model_dump_json())
        with self.transaction() as db:
            db.execute(
                "INSERT INTO account VALUES (?, ?, ?) ON CONFLICT (id)"
                " DO UPDATE SET token = excluded.token, doc = excluded.doc",
                row,
            )

    # customers

    def customers(self) -> list[tuple[int, Customer]]:
        found = self.rows("SELECT id, doc FROM customer ORDER BY id")
        return [(key, Customer.model_validate_json(doc)) for key, doc in found]

    def customer(self, customer_id: int) -> Customer | None:
        found = self.rows("SELECT doc FROM customer WHERE id = ?", customer_id)
        return Customer.model_validate_json(found[0][0]) if found else None

    def put_customer(self, customer: Customer) -> int:
        """Store by username; returns the customer's number."""
        row = (customer.username, customer.model_dump_json())
        with self.transaction() as db:
            found = db.execute(
                "INSERT INTO customer (username, doc) VALUES (?, ?) ON CONFLICT (username)"
                " DO UPDATE SET doc = excluded.doc RETURNING id",
                row,
            ).fetchone()
        return int(found[0])

    # contacts

    def contact(self, igsid: str) -> Contact | None:
        return self._one_contact("SELECT doc FROM contact WHERE igsid = ?", igsid)

    def contact_of(self, customer_id: int, account_id: str) -> Contact | None:
        sql = "SELECT doc FROM contact WHERE customer_id = ? AND account_id = ?"
        return self._one_contact(sql, customer_id, account_id)

    def _one_contact(self, sql: str, *values: object) -> Contact | None:
        found = self.rows(sql, *values)
        return Contact.model_validate_json(found[0][0]) if found else None

    def put_contact(self, contact: Contact) -> None:
        row = (contact.igsid, contact.customer_id, contact.account_id, contact.model_dump_json())
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?)", row)

    def conversations(self, account_id: str) -> list[tuple[Contact, int]]:
        """The account's contacts with messages, each with its latest time, the latest first."""
        found = self.rows(
            "SELECT c.doc, max(json_extract(m.doc, '$.at_ms')) AS latest FROM contact c"
            " JOIN message m ON m.customer_id = c.customer_id AND m.account_id = c.account_id"
            " WHERE c.account_id = ? GROUP BY c.igsid ORDER BY latest DESC, c.igsid",
            account_id,
        )
        return [(Contact.model_validate_json(doc), latest) for doc, latest in found]

    # messages

    def put_message(self, message: Message) -> None:
        """Insert, or rewrite the bubble of the same account and mid in its place."""
        # Text may hold lone surrogates, which no UTF-8 column takes: ASCII JSON carries them.
        doc = json.dumps(message.model_dump())
        row = (message.mid, message.account_id, message.customer_id, message.direction, doc)
        with self.transaction() as db:
            db.execute(
                "INSERT INTO message (mid, account_id, customer_id, direction, doc)"
                " VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (account_id, mid) DO UPDATE SET doc = excluded.doc",
                row,
            )

    def see(self, contact: Contact, mid: str) -> None:
        """Mark what the phone received up to that message, which one `read` stands for, as seen."""
        with self.transaction() as db:
            db.execute(
                "UPDATE message SET doc = json_set(doc, '$.seen', json('true'))"
                " WHERE customer_id = ?1 AND account_id = ?2 AND direction = 'received'"
                " AND NOT json_extract(doc, '$.seen') AND position <="
                " (SELECT position FROM message WHERE account_id = ?2 AND mid = ?3)",
                (contact.customer_id, contact.account_id, mid),
            )

    def message(self, account_id: str, mid: str) -> Message | None:
        found = self.rows(
            "SELECT doc FROM message WHERE account_id = ? AND mid = ?", account_id, mid
        )
        return _message(found[0][0]) if found else None

    def last_message(self, contact: Contact, direction: str | None = None) -> Message | None:
        """The latest of a thread, of one direction only when `direction` is given."""
        found = self.rows(
            "SELECT doc FROM message WHERE customer_id = ?1 AND account_id = ?2"
            " AND (?3 IS NULL OR direction = ?3) ORDER BY position DESC LIMIT 1",
            contact.customer_id,
            contact.account_id,
            direction,
        )
        return _message(found[0][0]) if found else None

    def last_messages(self) -> list[Message]:
        """The latest of every customer, of whatever thread."""
        found = self.rows(
            "SELECT doc FROM message WHERE position IN"
            " (SELECT max(position) FROM message GROUP BY customer_id)"
        )
        return [_message(doc) for (doc,) in found]

    def thread(self, contact: Contact, limit: int) -> list[Message]:
        """The latest `limit` messages of a thread, oldest first."""
        found = self.rows(
            "SELECT doc FROM message WHERE customer_id = ? AND account_id = ?"
            " ORDER BY position DESC LIMIT ?",
            contact.customer_id,
            contact.account_id,
            limit,
        )
        return [_message(doc) for (doc,) in reversed(found)]

    def messages(
        self, customer_id: int | None = None, account_id: str | None = None
    ) -> list[tuple[int, Message]]:
        """All in the order of arrival, each with its position; filtered by what is given."""
        found = self.rows(
            "SELECT position, doc FROM message WHERE (?1 IS NULL OR customer_id = ?1)"
            " AND (?2 IS NULL OR account_id = ?2) ORDER BY position",
            customer_id,
            account_id,
        )
        return [(position, _message(doc)) for position, doc in found]


def _message(doc: str) -> Message:
    return Message.model_validate(json.loads(doc))
