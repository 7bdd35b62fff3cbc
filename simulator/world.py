"""The simulated world: its parts, and the file that describes it."""

import json
from collections.abc import Callable
from typing import Any

from flask import current_app
from pydantic import Field

from simulator.clock import Clock
from simulator.config import Settings
from simulator.engine import Engine
from simulator.journal import Journal
from simulator.model import Account, Customer, Document, MetaApp
from simulator.rate import RateLimiter
from simulator.store import Store
from simulator.switches import SwitchBoard, Switches

APP_KEYS = set(MetaApp.model_fields)


class WorldFile(Document):
    """simulator.json; the keys of the app stand beside the two lists."""

    app: MetaApp
    accounts: list[dict[str, Any]] = Field(default_factory=list)
    customers: list[dict[str, Any]] = Field(default_factory=list)


class World:
    """Everything a request needs, wired once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.home / "simulator.sqlite3")
        self.clock = Clock(self.store.clock_offset())
        self.board = SwitchBoard(Switches(retry_seconds=settings.retry_seconds))
        self.rate = RateLimiter()
        self.journal = Journal()
        self.enders: list[Callable[[], None]] = []
        self.engine = Engine(self.store, self.board, self.clock, settings.webhook_timeout)
        self.load()

    def load(self) -> None:
        """Take over simulator.json: what it names is set, what it does not name stays."""
        path = self.settings.home / "simulator.json"
        if path.exists():
            described = json.loads(path.read_text(encoding="utf-8"))
            app = {key: described.pop(key) for key in APP_KEYS & described.keys()}
            world = WorldFile(app=MetaApp.model_validate(app), **described)
            self.store.put_app(world.app)
            for account in world.accounts:
                self.merge_account(account)
            for customer in world.customers:
                self.merge_customer(customer)
        self._prefer_settings()

    def _prefer_settings(self) -> None:
        chosen = {"callback_url": self.settings.callback_url, "inbox_url": self.settings.inbox_url}
        given = {key: value for key, value in chosen.items() if value}
        if given:
            self.store.put_app(self.store.app().model_copy(update=given))

    def merge_account(self, patch: dict[str, Any]) -> Account:
        """Make an account, or change the named keys of the one with this instagram_id."""
        old = self.store.account(str(patch.get("instagram_id", "")))
        account = Account.model_validate({**(old.model_dump() if old else {}), **patch})
        self.store.put_account(account)
        return account

    def merge_customer(self, patch: dict[str, Any]) -> tuple[int, Customer]:
        """Make a customer, or change the named keys of the one with this username."""
        name = patch.get("username")
        old = next((one for _, one in self.store.customers() if one.username == name), None)
        customer = Customer.model_validate({**(old.model_dump() if old else {}), **patch})
        return self.store.put_customer(customer), customer

    @property
    def version(self) -> str:
        """Changes whenever anything changes that a page shows."""
        return f"{self.store.version}-{self.board.turns}-{self.journal.written}"

    def end(self) -> None:
        """End what writes by itself."""
        for ender in self.enders:
            ender()

    def calm(self) -> None:
        """Everything back to normal: switches, accounts and clock; what was held back leaves."""
        self.end()
        with self.store.transaction():
            self.board.reset()
            for account in self.store.accounts():
                if account.conditions:
                    self.store.put_account(account.model_copy(update={"conditions": []}))
            self.move_clock(0)
        self.engine.flush()
        self.engine.hurry()

    def move_clock(self, seconds: float) -> None:
        """Let the platform's time be so many seconds ahead of the real one; kept over a restart."""
        self.store.put_clock_offset(seconds)
        self.clock.offset_seconds = seconds

    def reset(self, *, keep_world: bool) -> None:
        """Forget all traffic and every switch; accounts and customers go back to the file."""
        self.end()
        self.board.reset()
        self.journal.clear()
        self.rate.reset()
        self.store.clear(keep_world=keep_world)
        self.clock.offset_seconds = self.store.clock_offset()
        if not keep_world:
            self.load()

    def close(self) -> None:
        self.end()
        self.engine.stop()
        self.store.close()


def current() -> World:
    """The world of the running app."""
    world: World = current_app.extensions["simulator"]
    return world
