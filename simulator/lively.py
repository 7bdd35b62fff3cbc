"""A shop on a busy day: many customers write for a while, as people do."""

import random
import re
import threading
import time
import unicodedata
from typing import Any

from flask import current_app
from pydantic import Field

from simulator import phones, phrases
from simulator.deeds import DEEDS
from simulator.model import Account, Customer, Document
from simulator.platforms.base import Action
from simulator.world import World

WEIGHTS = {
    "text": 82,
    "photo": 6,
    "like": 3,
    "voice": 3,
    "story_reply": 3,
    "share": 1,
    "story_mention": 1,
    "reaction": 1,
}
"""How often something else than writing happens, in parts of a hundred."""


class LivelyRequest(Document):
    """How many people write how often and how long; the same seed makes the same choices."""

    customers: int = Field(default=12, ge=1, le=len(phrases.NAMES))
    per_second: float = Field(default=0.5, ge=0.02, le=10)
    minutes: float = Field(default=5, gt=0, le=120)
    seed: int = 1
    account: str | None = None


class Lively:
    """At most one busy day at a time, in a thread of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._enough = threading.Event()
        self._thread: threading.Thread | None = None
        self._asked: LivelyRequest | None = None
        self._until = 0.0
        self._written = 0
        world.enders.append(self.stop)

    def start(self, asked: LivelyRequest, accounts: list[Account], base: str) -> dict[str, Any]:
        """Begin, ending the one under way. `base`: our own address, where sent files are."""
        self.stop()
        with self._lock:
            self._asked, self._until, self._written = asked, time.time() + asked.minutes * 60, 0
            self._enough = threading.Event()
            self._thread = threading.Thread(
                target=self._live, args=(asked, accounts, base, self._enough), daemon=True
            )
            self._thread.start()
        return self.state()

    def stop(self) -> None:
        """End it; returns when nobody writes any more."""
        with self._lock:
            self._enough.set()
            if self._thread:
                self._thread.join()
            self._thread = None

    @property
    def running(self) -> bool:
        thread = self._thread
        return thread is not None and thread.is_alive()

    def state(self) -> dict[str, Any]:
        """Whether it goes on, how long still, and how much was written."""
        running = self.running
        return {
            "running": running,
            "written": self._written,
            "seconds_left": max(round(self._until - time.time()), 0) if running else 0,
            **(self._asked.model_dump(exclude={"account"}) if self._asked else {}),
        }

    def _live(
        self, asked: LivelyRequest, accounts: list[Account], base: str, enough: threading.Event
    ) -> None:
        chance = random.Random(asked.seed)  # noqa: S311 - a play, not a secret
        people = [join(self._world, *phrases.NAMES[number]) for number in range(asked.customers)]
        while time.time() < self._until:
            if enough.wait(chance.uniform(0.5, 1.5) / asked.per_second):
                return
            customer, account = chance.choice(people), chance.choice(accounts)
            phones.look(self._world, customer, account)
            action = self._next(chance, customer, account, base)
            phones.act(self._world, customer, account, action)
            self._written += 1

    def _next(self, chance: random.Random, customer_id: int, account: Account, base: str) -> Action:
        """What this person does now: thanks for an answer, a question, or something else."""
        kind = chance.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]
        contact = phones.contact_for(self._world, customer_id, account)
        last = self._world.store.last_message(contact)
        answered = last is not None and last.direction == "received"
        if kind not in {"text", "reaction"}:
            return DEEDS[kind].as_action(base, self._world.clock.now_ms())
        if kind == "reaction" and answered:
            return Action(kind="reaction")
        customer = self._world.store.customer(customer_id)
        language = phrases.language_of(customer) if customer else "en"
        said = phrases.THANKS if answered else phrases.PHRASES
        return Action(text=chance.choice(said[language]))


def current_lively() -> Lively:
    """The busy day of the running app."""
    lively: Lively = current_app.extensions["lively"]
    return lively


def join(world: World, name: str, language: str | None = None) -> int:
    """A customer of this name, made when there is none; the customer's number."""
    username = username_of(name)
    known = {customer.username: key for key, customer in world.store.customers()}
    if username in known:
        return known[username]
    return world.store.put_customer(Customer(name=name, username=username, language=language))


def username_of(name: str) -> str:
    """A username as Instagram allows them, made from a name: Latin letters, digits and dots."""
    if name in phrases.USERNAMES:
        return phrases.USERNAMES[name]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    if words:
        return ".".join(words)[:30].rstrip(".")
    return "user." + "".join(f"{ord(letter) % 10}" for letter in name if letter.isalpha())[:12]
