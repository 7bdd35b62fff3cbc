"""The webhook engine: collects, signs, delivers and repeats, in threads of its own."""

import itertools
import threading
import time
from collections.abc import Collection, Iterator

from simulator import courier
from simulator.clock import Clock
from simulator.deliveries import Deliveries, Held
from simulator.model import Account, MetaApp
from simulator.platforms import PLATFORMS
from simulator.platforms.base import Item
from simulator.store import Store
from simulator.switches import SwitchBoard

THREADS = 16


class Engine:
    """Nothing handed to `emit` is lost.

    It is on disk before `emit` returns, and is posted until the inbox answered 200. A process that
    dies after the POST and before the note of it posts again.

    A lane (one conversation) has one POST under way at a time, unless the switch says concurrent;
    a failed one waits for its next turn without holding up those behind it, as with Meta.
    """

    def __init__(self, store: Store, board: SwitchBoard, clock: Clock, timeout: float) -> None:
        self.deliveries = Deliveries(store)
        self._store, self._board, self._clock, self._timeout = store, board, clock, timeout
        # The store's own lock: a second one would have to be taken in the same order everywhere.
        self._wake = threading.Condition(store.lock)
        self._tried = threading.Condition(store.lock)
        self._busy: dict[int, str] = {}
        self._flush_at: float | None = 0.0
        self._stopping = False
        self._threads: list[threading.Thread] = []

    # life

    def start(self) -> None:
        self._board.listen(self._look_again)
        for number in range(THREADS):
            thread = threading.Thread(target=self._work, name=f"webhook-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Let POSTs under way end; what is pending stays on disk for the next start."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(self._timeout + 1)

    def _look_again(self) -> None:
        """The switches changed: what is due may leave now."""
        with self._wake:
            self._wake.notify_all()

    # in

    def emit(
        self, account: Account, lane: str, mid: str | None, item: Item, delay: float = 0.0
    ) -> list[int]:
        """Send one event to the inbox, as the switches have it; the numbers of its deliveries."""
        switches = self._board.now
        with self._wake:
            if not account.subscribed_fields:
                return self._post_items([(account.id, lane, mid, item)], state="unsubscribed")
            if self._board.take("drop"):
                return self._post_items([(account.id, lane, mid, item)], state="dropped")
            if switches.batch > 1 or switches.reorder:
                self._hold(account, lane, mid, item)
                return []
            return self._post_items([(account.id, lane, mid, item)], delay=delay)

    def _hold(self, account: Account, lane: str, mid: str | None, item: Item) -> None:
        switches = self._board.now
        count = self.deliveries.hold(account, lane, mid, item)
        if count >= switches.batch > 1:
            self.flush()
        elif switches.collect_ms:
            self._flush_at = time.time() + switches.collect_ms / 1000
            self._wake.notify()

    def flush(self) -> list[int]:
        """Post what batch and reorder collected; the numbers of the deliveries."""
        with self._store.transaction():
            self._flush_at = None
            items = self.deliveries.held()
            self.deliveries.release_held()
            if self._board.now.reorder:
                items.reverse()
            keys: list[int] = []
            for chunk in self._chunks(items):
                keys += self._post_items(chunk)
            return keys

    def _chunks(self, items: list[Held]) -> Iterator[list[Held]]:
        """At most `batch` items each; a body has one signature, so accounts of other apps part."""
        app = self._store.app()
        by_secret: dict[str, list[Held]] = {}
        for held in items:
            account = self._store.account(held[0])
            if account is not None:
                by_secret.setdefault(secret_of(app, account), []).append(held)
        size = self._board.now.batch
        for group in by_secret.values():
            for start in range(0, len(group), size):
                yield group[start : start + size]

    def _post_items(
        self, items: list[Held], *, state: str = "pending", delay: float = 0.0
    ) -> list[int]:
        entries = list(self._entries(items))
        account, lane = entries[0][0], items[0][1]
        switches, platform = self._board.now, PLATFORMS[account.channel]
        payload = platform.body(entries, self._clock.now_ms(), switches.format)
        body, delay = courier.compact(payload), delay + switches.delay_ms / 1000
        copies = 1 + switches.duplicate if state == "pending" else 1
        with self._store.transaction():
            keys = [
                self.deliveries.add(account, lane, body, state=state, delay=delay)
                for _ in range(copies)
            ]
            for account_id, _, mid, _ in items:
                self.deliveries.link(keys[0], account_id, [mid])
            self._wake.notify(copies)
        return keys

    def _entries(self, items: list[Held]) -> Iterator[tuple[Account, list[Item]]]:
        """Neighbours of one account share an entry, up to `entry_items` of them."""
        size = self._board.now.entry_items
        for account_id, neighbours in itertools.groupby(items, key=lambda held: held[0]):
            account = self._store.account(account_id)
            if account is None:
                continue
            group = [held[3] for held in neighbours]
            for start in range(0, len(group), size):
                yield account, group[start : start + size]

    def wait_tried(self, keys: Collection[int], timeout: float) -> None:
        """Return once each delivery was attempted, or after `timeout` seconds."""
        with self._tried:
            self._tried.wait_for(lambda: self.deliveries.tried(keys), timeout)

    def hurry(self) -> int:
        """Try everything pending now."""
        with self._wake:
            self._wake.notify_all()
            return self.deliveries.hurry()

    # out

    def _work(self) -> None:
        while (claimed := self._next()) is not None:
            key, account_id, body = claimed
            attempt = self._post(account_id, body)
            with self._wake:
                self.deliveries.settle(key, attempt, self._board.now.retry_seconds)
                del self._busy[key]
                self._tried.notify_all()

    def _next(self) -> tuple[int, str, bytes] | None:
        """Wait for a delivery that is due and claim it; None when stopping."""
        with self._wake:
            while not self._stopping:
                if self._flush_at is not None and self._flush_at <= time.time():
                    self.flush()
                lanes = () if self._board.now.concurrent else self._busy.values()
                paused = self._board.now.paused
                found = None if paused else self.deliveries.claim(self._busy, lanes)
                if found is not None:
                    self._busy[found[0]] = found[2]
                    # Somebody idle takes over the watch for what falls due meanwhile.
                    self._wake.notify()
                    return found[0], found[1], found[3]
                self._wake.wait(self._idle_seconds())
        return None

    def _idle_seconds(self) -> float | None:
        """Until something falls due by itself; None: until somebody calls."""
        now = time.time()
        due = [at for at in (self._flush_at, self.deliveries.next_due(now)) if at is not None]
        return max(min(due) - now, 0.001) if due else None

    def _post(self, account_id: str, body: bytes) -> courier.Attempt:
        app, account, switches = self._store.app(), self._store.account(account_id), self._board.now
        secret = secret_of(app, account) if account else app.app_secret
        if switches.wrong_secret:
            secret += "-wrong"
        headers = {} if switches.no_signature else courier.signed(body, secret)
        return courier.post(app.callback_url, body, headers, self._timeout)


def secret_of(app: MetaApp, account: Account) -> str:
    """The secret that signs an account's webhooks."""
    if account.app_secret:
        return account.app_secret
    if account.login == "instagram" and app.instagram_app_secret:
        return app.instagram_app_secret
    return app.app_secret
