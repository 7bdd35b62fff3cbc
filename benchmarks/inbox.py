"""What the pages of the inbox cost with a long past behind them, and how that grows.

For each size a fresh database is filled, then each page is asked for: over one kept-alive
connection for the time an agent waits, and in this process for the statements and the time spent
in them. A webhook is received beside it. ``--plot FILE`` draws the growth.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, event, func, select

from app.models import Conversation
from app.models.database import reading
from benchmarks import bodies, load, processes, visits
from benchmarks.populate import COMMON, FREQUENT, RARE, SECONDS_APART, populate
from benchmarks.report import headline, middle, percentile, table
from benchmarks.served import NOTHING, WEBHOOK
from benchmarks.stage import Stage, stage
from benchmarks.visits import Agent

HEADS = (
    "conversations", "what", "p50 ms", "p95 ms", "to nothing", "in SQL ms", "statements", "CPU us",
)  # fmt: skip
LOOKS = 15


@dataclass
class Clock:
    """Counts the statements of an engine and the seconds that they take."""

    seconds: float = 0.0
    statements: int = 0
    _began: list[float] = field(default_factory=list)

    def listen(self, engine: Engine) -> None:
        """Begin to count."""
        event.listen(engine, "before_cursor_execute", self._begin)
        event.listen(engine, "after_cursor_execute", self._end)

    def _begin(self, *_: object) -> None:
        self._began.append(time.perf_counter())

    def _end(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began.pop()
        self.statements += 1


@dataclass
class Measure:
    """One page at one size: an agent's waiting, the part of it in the database, and its cost."""

    what: str
    latencies: list[float]
    cpu_seconds: float
    to_nothing: float
    sql_seconds: float = 0.0
    statements: float = 0.0

    def line(self, size: int) -> list[str]:
        """Return the measure as a line of the table."""
        return [
            f"{size:,}",
            self.what,
            f"{1000 * percentile(self.latencies, 0.5):.1f}",
            f"{1000 * percentile(self.latencies, 0.95):.1f}",
            f"{self.to_nothing:.1f}",
            f"{1000 * self.sql_seconds:.1f}",
            f"{self.statements:.0f}",
            f"{1e6 * self.cpu_seconds:.0f}",
        ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite", help="sqlite, or a PostgreSQL server")
    parser.add_argument("--sizes", default="1000,10000,100000", help="conversations")
    parser.add_argument("--each", type=int, default=10, help="messages of a conversation")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each page")
    parser.add_argument("--plot", type=Path, help="an SVG file that shows the growth")
    given = parser.parse_args()
    found: dict[int, list[Measure]] = {}
    for size in map(int, given.sizes.split(",")):
        with stage(given.database) as one:
            app, [agent, *_] = visits.agents(one, 20)
            populate(one.installation.engine, 1, size, given.each)
            web = one.serve("benchmarks.served:app")
            headline(f"Inbox on {one.installation.engine.dialect.name}, {size:,} conversations")
            found[size] = list(_measures(one, web.pid, app, agent, given.seconds))
            table(HEADS, [measure.line(size) for measure in found[size]])
    if given.plot:
        from benchmarks.plots import growth

        growth(given.plot, {size: _costs(measures) for size, measures in found.items()})


def _measures(one: Stage, web: int, app: Flask, agent: Agent, seconds: float) -> Iterator[Measure]:
    nothing = repeat(f"POST {NOTHING} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    for what, path in _pages(one.installation.engine).items():
        held = visits.tag_in(visits.look(app, path, agent)) if "poll" in what else None
        requests = repeat(visits.get(path, agent, held))
        measure = _measure(one, web, what, requests, nothing, seconds)
        if held is None:
            measure.sql_seconds, measure.statements = _in_database(app, path, agent)
        yield measure
    webhooks = (bodies.request(WEBHOOK, body) for body in bodies.stream(10_000))
    yield _measure(one, web, "webhook", webhooks, nothing, seconds)


def _measure(
    one: Stage,
    web: int,
    what: str,
    requests: Iterator[bytes],
    nothing: Iterator[bytes],
    seconds: float,
) -> Measure:
    """Load one page and the empty route by turns, after a short warm-up."""
    load.run(one.address, requests, 1, 0.2)
    base = load.run(one.address, nothing, 1, seconds / 4)
    before = processes.cpu_seconds(web)
    done = load.run(one.address, requests, 1, seconds)
    cpu = processes.cpu_seconds(web) - before
    answers = len(done.latencies)
    ratio = percentile(done.latencies, 0.5) / percentile(base.latencies, 0.5)
    return Measure(what, done.latencies, cpu / answers, ratio)


def _in_database(app: Flask, path: str, agent: Agent) -> tuple[float, float]:
    """Return the seconds in statements (median) and their number, for one look at a page."""
    clocks = []
    engine = app.extensions["inlet"].engine
    for _ in range(LOOKS):
        clock = Clock()
        clock.listen(engine)
        visits.look(app, path, agent)
        event.remove(engine, "before_cursor_execute", clock._begin)  # noqa: SLF001
        event.remove(engine, "after_cursor_execute", clock._end)  # noqa: SLF001
        clocks.append(clock)
    return middle([one.seconds for one in clocks]), clocks[-1].statements


def _pages(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        (newest, place), (long, _place) = session.execute(
            select(Conversation.id, Conversation.position_at)
            .order_by(Conversation.id.desc())
            .limit(2)
        ).all()
        all_ = session.scalar(select(func.count()).select_from(Conversation)) or 0
    deep = place - all_ * SECONDS_APART * 900
    views = ("mine", "unassigned", "ending", "attention", "snoozed", "resolved", "archived")
    return {
        "first page": "/inbox",
        "list": "/inbox/list",
        "list of a channel": "/inbox/list?channel=instagram",
        **{f"list: {view}": f"/inbox/list?view={view}" for view in views},
        "list, 90 % down": f"/inbox/list?after={deep}.1",
        "thread": f"/inbox/{newest}/thread",
        "thread of 50": f"/inbox/{long}/thread",
        "search, rare word": f"/inbox/list?q={RARE}",
        "search, frequent word": f"/inbox/list?q={FREQUENT}",
        "search, word in every message": f"/inbox/list?q={COMMON}",
        "search, two words": f"/inbox/list?q={FREQUENT}+{RARE}",
        "search, a person": "/inbox/list?q=customer.77",
        "poll, nothing new": "/inbox/list",
    }


def _costs(measures: list[Measure]) -> dict[str, float]:
    """Return processor microseconds by page, of those whose growth is promised to be flat."""
    shown = ("first page", "list", "thread", "thread of 50", "poll, nothing new", "webhook")
    return {one.what: 1e6 * one.cpu_seconds for one in measures if one.what in shown}


if __name__ == "__main__":
    main()
