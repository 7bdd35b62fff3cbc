"""What may break, when, and for how long: everything here is drawn from one seed.

Each lane is one thread: what is in different lanes happens at the same time.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import redis
from psycopg import OperationalError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.journeys.house import House
    from tests.services import FragilePostgres

KILLED = ("web", "worker", "sweep", "redis")
RESTARTS = 3
AWAY_TIMES, AWAY_SECONDS = 3, 30.0
WIPES = 3
DISK_TIMES, DISK_SECONDS = 3, 15.0
MOOD_SECONDS = (4.0, 10.0)
BETWEEN_MOODS = 8.0  # seconds on average
THROTTLED = {"code": 613, "subcode": 2534040, "http_status": 429, "times": 6}
MOODS: dict[str, dict[str, Any]] = {
    "answers 429": {"error": THROTTLED},
    "answers 500 with code 2": {"error": {"code": 2, "http_status": 500, "times": 6}},
    "answers 500 in HTML": {"html_500": 3},
    "is silent before accepting": {"timeout_before_accept": 2, "hang_seconds": 15},
    "is silent after accepting": {"timeout_after_accept": 2, "hang_seconds": 15},
    "answers 1/1357046 though sent": {"error_1357046": 2},
    "answers slowly": {"latency_ms": 1500},
    "delivers thrice": {"duplicate": 2},
    "delivers in batches, newest first": {"batch": 25, "reorder": True, "collect_ms": 700},
    "delivers a conversation at once": {"concurrent": True, "duplicate": 1},
    "delivers late": {"delay_ms": 2500},
    "signs wrongly": {"wrong_secret": True},
    "echoes before it answers": {"echo": "early"},
    "echoes twice": {"echo": "twice"},
    "echoes never": {"echo": "never"},
}
"""How Meta may behave, in words, and the simulator's switches for it."""


@dataclass(frozen=True, order=True)
class Deed:
    """Something that breaks ``at`` seconds after the start."""

    at: float
    what: str
    do: Callable[[], None] = field(compare=False)


class Calamities:
    """Breaks what ``house`` stands on; ``done`` counts what was done, by its words."""

    def __init__(
        self,
        house: House,
        chance: random.Random,
        seconds: float,
        kills: int,
        *,
        postgres: FragilePostgres | None = None,
        disk: Path | None = None,
    ) -> None:
        """Draw the plan. ``disk`` is a folder on a small file system of its own."""
        self.done: Counter[str] = Counter()
        self._house, self._chance, self._seconds = house, chance, seconds
        self._kills, self._postgres, self._disk = kills, postgres, disk
        self._up = threading.Lock()  # held by whoever takes the database away
        self._lanes = [sorted(lane) for lane in self._plan()]

    def run(self) -> None:
        """Do everything in its time; returns when all is up and at its best."""
        began = time.monotonic()
        with ThreadPoolExecutor(len(self._lanes)) as threads:
            tasks = [threads.submit(self._live, lane, began) for lane in self._lanes]
            for task in tasks:
                task.result()
        self._house.recover()

    def _live(self, lane: list[Deed], began: float) -> None:
        for deed in lane:
            time.sleep(max(began + deed.at - time.monotonic(), 0))
            deed.do()
            self.done[deed.what] += 1

    def _plan(self) -> Iterator[list[Deed]]:
        kill = self._house.processes.kill_running
        for name in KILLED:
            yield self._spread(self._kills, f"{name} killed", partial(kill, name))
        yield self._spread(max(1, WIPES * self._kills // 30), "redis wiped", self._wipe)
        yield list(self._moods())
        if self._postgres:
            share = max(1, self._kills // 10)
            yield self._spread(self._kills, "connections cut", self._cut)
            yield [
                *self._spread(min(RESTARTS, share), "database crashed", partial(self._away, 1.0)),
                *self._spread(
                    min(AWAY_TIMES, share),
                    f"database away for {AWAY_SECONDS:.0f} s",
                    partial(self._away, AWAY_SECONDS),
                ),
            ]
        if self._disk:
            times = max(1, DISK_TIMES * self._kills // 30)
            yield self._spread(times, "disk full", partial(self._fill, self._disk))

    def _spread(self, times: int, what: str, do: Callable[[], None]) -> list[Deed]:
        part = self._seconds / times
        return [Deed((number + self._chance.random()) * part, what, do) for number in range(times)]

    def _moods(self) -> Iterator[Deed]:
        at = self._chance.uniform(0, BETWEEN_MOODS)
        while at < self._seconds:
            words, switches = self._chance.choice(sorted(MOODS.items(), key=lambda one: one[0]))
            lasts = self._chance.uniform(*MOOD_SECONDS)
            yield Deed(at, f"Meta {words}", partial(self._mood, switches, lasts))
            at += lasts + self._chance.uniform(0, 2 * BETWEEN_MOODS)

    def _mood(self, switches: dict[str, Any], lasts: float) -> None:
        self._house.phones.switch(**switches)
        time.sleep(lasts)
        self._house.phones.rest()

    def _wipe(self) -> None:
        self._house.wait_redis()
        with suppress(redis.RedisError):  # killed at this very moment
            self._house.flush_redis()

    def _cut(self) -> None:
        assert self._postgres is not None
        with self._up, suppress(OperationalError):
            self._postgres.cut_connections()

    def _away(self, lasts: float) -> None:
        assert self._postgres is not None
        with self._up:
            self._postgres.crash()
            time.sleep(lasts)
            self._postgres.start()
            self._house.wait("the database answers", self._database_answers)

    def _database_answers(self) -> bool:
        assert self._postgres is not None
        try:
            self._postgres.postgres.ping()
        except OperationalError:
            return False
        return True

    def _fill(self, disk: Path) -> None:
        ballast = disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(65536)):
                pass
        time.sleep(DISK_SECONDS)
        ballast.unlink()
