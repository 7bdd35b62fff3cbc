"""What it costs to have many agents look at the inbox while nothing happens, or something does.

Polls that find nothing new, at full load, beside the empty route of a bare Flask. Then agents as
they are: each polls list and thread every five seconds, for as long as ``--minutes`` says, while
``--messages`` arrive a second.
"""

from __future__ import annotations

import argparse
import heapq
import threading
import time
from itertools import repeat

from benchmarks import bodies, load, processes, visits
from benchmarks.load import Client
from benchmarks.populate import populate
from benchmarks.report import headline, middle, percentile, table
from benchmarks.served import NOTHING, WEBHOOK
from benchmarks.stage import Stage, stage
from benchmarks.visits import Agent

EVERY = 5.0  # seconds between two polls of a browser
CONNECTIONS = 8


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite", help="sqlite, or a PostgreSQL server")
    parser.add_argument("--conversations", type=int, default=10_000, help="behind it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round")
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--messages", type=float, default=3.0, help="that arrive a second")
    given = parser.parse_args()
    with stage(given.database) as one:
        app, people = visits.agents(one, given.agents)
        populate(one.installation.engine, 1, given.conversations, 10)
        web = one.serve("benchmarks.served:app")
        tag = visits.tag_in(visits.look(app, "/inbox/list", people[0]))
        headline(f"Polls on {one.installation.engine.dialect.name}")
        _at_full_load(one, web.pid, visits.get("/inbox/list", people[0], tag), given)
        one.start("worker.py", "worker")
        one.start("worker.py", "sweep")
        _as_they_are(one, web.pid, people, given)


def _at_full_load(one: Stage, web: int, poll: bytes, given: argparse.Namespace) -> None:
    nothing = f"POST {NOTHING} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
    rates: dict[str, list[float]] = {"nothing": [], "poll, nothing new": []}
    costs: dict[str, list[float]] = {"nothing": [], "poll, nothing new": []}
    for _ in range(given.rounds):
        for what, request in zip(rates, (nothing, poll), strict=True):
            before = processes.cpu_seconds(web)
            done = load.run(one.address, repeat(request), CONNECTIONS, given.seconds)
            answers = len(done.latencies)
            rates[what].append(answers / done.seconds)
            costs[what].append((processes.cpu_seconds(web) - before) / answers)
    base = middle(rates["nothing"])
    lines = [
        [what, f"{middle(found):,.0f}", f"{middle(found) / base:.2f}",
         f"{1e6 * middle(costs[what]):.0f}"]
        for what, found in rates.items()
    ]  # fmt: skip
    table(["what", "answers/s", "to nothing", "web CPU us"], lines)


def _as_they_are(one: Stage, web: int, people: list[Agent], given: argparse.Namespace) -> None:
    stop = threading.Event()
    writer = threading.Thread(target=_customers, args=(one, given.messages, stop))
    before, started = processes.cpu_seconds(web), time.perf_counter()
    writer.start()
    latencies = _browsers(one, people, 60 * given.minutes)
    stop.set()
    writer.join()
    share = (processes.cpu_seconds(web) - before) / (time.perf_counter() - started)
    print()
    table(
        ["agents", "minutes", "messages/s", "polls", "p50 ms", "p95 ms", "web CPU % of a core"],
        [[
            str(len(people)), f"{given.minutes:g}", f"{given.messages:g}", f"{len(latencies):,}",
            f"{1000 * percentile(latencies, 0.5):.1f}", f"{1000 * percentile(latencies, 0.95):.1f}",
            f"{100 * share:.0f}",
        ]],
    )  # fmt: skip


def _browsers(one: Stage, people: list[Agent], seconds: float) -> list[float]:
    """Poll list and thread of each agent every five seconds, spread evenly; return the waits."""
    tags: dict[tuple[int, str], str] = {}
    paths = ("/inbox/list", "/inbox/1/thread")
    begin = time.perf_counter()
    turns = [
        (begin + EVERY * number / len(people), number, path)
        for number in range(len(people))
        for path in paths
    ]
    heapq.heapify(turns)
    client, latencies = Client(one.address), []
    while turns[0][0] < begin + seconds:
        due, number, path = heapq.heappop(turns)
        time.sleep(max(0.0, due - time.perf_counter()))
        client.send(visits.get(path, people[number], tags.get((number, path))))
        while client.receive() is None:
            pass
        latencies.append(client.waited())
        tags[number, path] = client.header("hx-ptag")
        heapq.heappush(turns, (due + EVERY, number, path))
    return latencies


def _customers(one: Stage, rate: float, stop: threading.Event) -> None:
    client, webhooks = Client(one.address), bodies.stream(40)
    while rate and not stop.wait(1 / rate):
        client.send(bodies.request(WEBHOOK, next(webhooks)))
        while client.receive() is None:
            pass


if __name__ == "__main__":
    main()
