"""The queue of webhooks on disk, and its history."""

import json
import time
from collections.abc import Collection
from typing import Any

from simulator.courier import Attempt
from simulator.model import Account
from simulator.platforms.base import Item
from simulator.store import Store

KEPT = 10_000
KEPT_ATTEMPTS = 20

Held = tuple[str, str, str | None, Item]
"""Account id, lane, mid, item."""


class Deliveries:
    """States: pending, delivered, and for what never leaves: dropped, unsubscribed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, account: Account, lane: str, body: bytes, *, state: str = "pending", delay: float = 0
    ) -> int:
        """Queue a body for `delay` seconds from now; returns the delivery's number."""
        now = time.time()
        with self._store.transaction() as db:
            key = db.execute(
                "INSERT INTO delivery (account_id, lane, body, state, next_at, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (account.id, lane, body, state, now + delay, now),
            ).lastrowid
            if key and key % 1000 == 0:
                self._prune(key - KEPT)
        return key or 0

    def _prune(self, below: int) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM delivery WHERE id < ? AND state != 'pending'", (below,))
            db.execute(
                "DELETE FROM delivery_message WHERE delivery_id NOT IN (SELECT id FROM delivery)"
            )

    def link(self, delivery: int, account_id: str, mids: Collection[str | None]) -> None:
        """Remember which messages a delivery carries."""
        rows = [(account_id, mid, delivery) for mid in mids if mid]
        with self._store.transaction() as db:
            db.executemany("INSERT OR IGNORE INTO delivery_message VALUES (?, ?, ?)", rows)

    def claim(self, busy: Collection[int], lanes: Collection[str]) -> tuple[Any, ...] | None:
        """The next due (id, account_id, lane, body) outside the busy deliveries and lanes."""
        rows = self._store.rows(
            "SELECT id, account_id, lane, body FROM delivery WHERE state = 'pending'"
            " AND next_at <= ? AND id NOT IN (SELECT value FROM json_each(?))"
            " AND lane NOT IN (SELECT value FROM json_each(?)) ORDER BY next_at, id LIMIT 1",
            time.time(),
            json.dumps(list(busy)),
            json.dumps(list(lanes)),
        )
        return rows[0] if rows else None

    def next_due(self, after: float) -> float | None:
        """When the first one falls due after that time, in seconds since the epoch.

        What is due already waits for its lane, and the end of the POST there looks for more.
        """
        rows = self._store.rows(
            "SELECT min(next_at) FROM delivery WHERE state = 'pending' AND next_at > ?", after
        )
        due: float | None = rows[0][0]
        return due

    def settle(self, delivery: int, attempt: Attempt, schedule: tuple[float, ...]) -> None:
        """Record an attempt: delivered, or due again after the schedule's next pause."""
        with self._store.transaction() as db:
            found = db.execute(
                "SELECT tries, attempts FROM delivery WHERE id = ?", (delivery,)
            ).fetchone()
            if found is None:  # the world was reset meanwhile
                return
            tries = found[0] + 1
            attempts = [*json.loads(found[1]), attempt.model_dump()][-KEPT_ATTEMPTS:]
            pause = schedule[min(tries, len(schedule) - 1)]
            db.execute(
                "UPDATE delivery SET state = ?, tries = ?, attempts = ?, next_at = ? WHERE id = ?",
                (
                    "delivered" if attempt.ok else "pending",
                    tries,
                    json.dumps(attempts),
                    time.time() + pause,
                    delivery,
                ),
            )

    def hurry(self) -> int:
        """Make every pending delivery due now; returns how many there are."""
        with self._store.transaction() as db:
            return db.execute(
                "UPDATE delivery SET next_at = ? WHERE state = 'pending'", (time.time(),)
            ).rowcount

    def tried(self, keys: Collection[int]) -> bool:
        """Whether each of them was attempted at least once, or never will be."""
        rows = self._store.rows(
            "SELECT 1 FROM delivery WHERE id IN (SELECT value FROM json_each(?))"
            " AND state = 'pending' AND tries = 0 LIMIT 1",
            json.dumps(list(keys)),
        )
        return not rows

    def hold(self, account: Account, lane: str, mid: str | None, item: Item) -> int:
        """Put an item aside for a batch; returns how many lie there."""
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO held (account_id, lane, mid, item) VALUES (?, ?, ?, ?)",
                (account.id, lane, mid, json.dumps(item)),
            )
            count: int = db.execute("SELECT count(*) FROM held").fetchone()[0]
            return count

    def held(self) -> list[Held]:
        """What lies aside, oldest first."""
        rows = self._store.rows("SELECT account_id, lane, mid, item FROM held ORDER BY id")
        return [(account, lane, mid, json.loads(item)) for account, lane, mid, item in rows]

    def release_held(self) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM held")

    def counts(self) -> dict[str, int]:
        """How many deliveries are in which state, and how many items are held."""
        rows = self._store.rows("SELECT state, count(*) FROM delivery GROUP BY state")
        held = self._store.rows("SELECT count(*) FROM held")[0][0]
        return {"pending": 0, "delivered": 0, "held": held} | dict(rows)

    def log(self, limit: int) -> list[dict[str, Any]]:
        """The newest first, with body and attempts."""
        rows = self._store.rows(
            "SELECT id, account_id, state, tries, next_at, created_at, body, attempts"
            " FROM delivery ORDER BY id DESC LIMIT ?",
            limit,
        )
        names = ("id", "account_id", "state", "tries", "next_at", "created_at", "body", "attempts")
        found = [dict(zip(names, row, strict=True)) for row in rows]
        for one in found:
            one["body"] = json.loads(one["body"])
            one["attempts"] = json.loads(one["attempts"])
            one["status_codes"] = [attempt["status"] for attempt in one["attempts"]]
        return found

    def of_messages(self, account_id: str, mids: Collection[str]) -> dict[str, tuple[str, int]]:
        """For each mid that a webhook carried: the state of the furthest one and its tries."""
        rows = self._store.rows(
            "SELECT m.mid, d.state, d.tries FROM delivery_message m"
            " JOIN delivery d ON d.id = m.delivery_id WHERE m.account_id = ?"
            " AND m.mid IN (SELECT value FROM json_each(?)) ORDER BY d.state = 'delivered', d.id",
            account_id,
            json.dumps(list(mids)),
        )
        return {mid: (state, tries) for mid, state, tries in rows}
