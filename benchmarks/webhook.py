"""How many signed webhooks a second are stored before they are answered.

Beside an empty Flask route on the same server, and beside "store and enqueue a job for each";
the three by turns, several times. Afterwards, the webhook beside a worker that drains.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, select

from app.models import ExternalEventLog
from app.models.database import reading
from benchmarks import bodies, load, processes
from benchmarks.load import Load
from benchmarks.report import headline, middle, percentile, table
from benchmarks.served import ENQUEUE, NOTHING, WEBHOOK
from benchmarks.stage import Stage, stage

HEADS = (
    "connections", "what", "200s/s", "to nothing", "to enqueue", "p50 ms", "p99 ms", "web CPU us",
    "errors",
)  # fmt: skip
CUSTOMERS = 10_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite", help="sqlite, or a PostgreSQL server")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", default="16,64")
    parser.add_argument("--history", type=int, default=100_000, help="processed rows behind")
    given = parser.parse_args()
    webhooks = bodies.stream(CUSTOMERS)
    with stage(given.database) as one:
        one.live_through(webhooks, given.history)
        web = one.serve("benchmarks.served:app")
        headline(f"Webhook on {one.installation.engine.dialect.name}")
        measure = Measure(one, web.pid, webhooks, given.seconds)
        lines = []
        for connections in map(int, given.connections.split(",")):
            measure.by_turns(1, connections, WEBHOOK, NOTHING)
            found = measure.by_turns(given.rounds, connections, NOTHING, WEBHOOK, ENQUEUE)
            lines += _lines(connections, found)
        one.start("worker.py", "worker")
        for connections in map(int, given.connections.split(",")):
            found = measure.by_turns(given.rounds, connections, NOTHING, WEBHOOK)
            lines += _lines(connections, found, " beside a drain")
        table(HEADS, lines)


class Measure:
    """Loads the routes of a stage by turns."""

    def __init__(self, one: Stage, web: int, webhooks: Iterator[bytes], seconds: float) -> None:
        """Take what is to be loaded, its server's process id, with what and how long."""
        self._stage = one
        self._web = web
        self._webhooks = webhooks
        self._seconds = seconds

    def by_turns(self, rounds: int, connections: int, *paths: str) -> dict[str, list[Load]]:
        """Load each path in each round, and check that every 200 is a stored row."""
        found = defaultdict(list)
        for _ in range(rounds):
            for path in paths:
                before, cpu = self._stored(), processes.cpu_seconds(self._web)
                requests = (bodies.request(path, body) for body in self._webhooks)
                result = load.run(self._stage.address, requests, connections, self._seconds)
                result.cpu_seconds = processes.cpu_seconds(self._web) - cpu
                more = 0 if path == NOTHING else result.ok
                assert self._stored() == before + more, "a 200 without a stored row"
                found[path].append(result)
        return found

    def _stored(self) -> int:
        with reading(self._stage.installation.engine) as session:
            return session.scalar(select(func.count()).select_from(ExternalEventLog)) or 0


def _lines(connections: int, found: dict[str, list[Load]], where: str = "") -> list[list[str]]:
    names = {NOTHING: "nothing", WEBHOOK: "webhook", ENQUEUE: "store and enqueue"}
    return [
        [
            str(connections),
            names[path] + where,
            f"{middle([one.rate for one in loads]):,.0f}",
            _ratio(loads, found[NOTHING]),
            _ratio(loads, found.get(ENQUEUE)),
            f"{1000 * middle([percentile(one.latencies, 0.5) for one in loads]):.1f}",
            f"{1000 * middle([percentile(one.latencies, 0.99) for one in loads]):.1f}",
            f"{1e6 * middle([one.cpu_seconds / one.ok for one in loads]):.0f}",
            str(sum(one.errors for one in loads)),
        ]
        for path, loads in found.items()
    ]


def _ratio(these: list[Load], those: list[Load] | None) -> str:
    """Return the median of the ratios of rounds that followed each other."""
    if those is None or these is those:
        return ""
    pairs = zip(these, those, strict=True)
    return f"{middle([this.rate / that.rate for this, that in pairs]):.2f}"


if __name__ == "__main__":
    main()
