"""The real application behind different web servers, each with one process and with two.

Requests a second and processor time of an empty route, a webhook, the list and a poll that finds
nothing new, and the memory afterwards. Gunicorn is installed for this comparison only.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import repeat

from benchmarks import bodies, load, processes, visits
from benchmarks.populate import populate
from benchmarks.report import headline, percentile, table
from benchmarks.served import NOTHING, WEBHOOK
from benchmarks.stage import Stage, stage

TARGET = "benchmarks.served:app"
GUNICORN = (
    "-m",
    "gunicorn",
    "--log-level",
    "error",
    "--bind",
    "{host}:{port}",
    "--keep-alive",
    "60",
)
SERVERS = {
    "granian, 16 threads": ("-m", "launch.web", TARGET, "{host}", "{port}"),
    "gunicorn gthread, 16 threads": (*GUNICORN, "-k", "gthread", "--threads", "16", TARGET),
    "gunicorn gthread, 2 x 8 threads": (
        *GUNICORN, "-k", "gthread", "-w", "2", "--threads", "8", TARGET,
    ),
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite", help="sqlite, or a PostgreSQL server")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each route")
    parser.add_argument("--connections", type=int, default=16)
    given = parser.parse_args()
    lines = []
    for name, command in SERVERS.items():
        with stage(given.database) as one:
            app, [agent] = visits.agents(one, 1)
            populate(one.installation.engine, 1, 10_000, 10)
            host, port = one.address
            web = one.serve_by(*(part.format(host=host, port=port) for part in command))
            tag = visits.tag_in(visits.look(app, "/inbox/list", agent))
            routes = {
                "nothing": repeat(
                    f"POST {NOTHING} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
                ),
                "webhook": (bodies.request(WEBHOOK, body) for body in bodies.stream(10_000)),
                "list": repeat(visits.get("/inbox/list", agent)),
                "poll": repeat(visits.get("/inbox/list", agent, tag)),
            }
            lines += _lines(one, web.pid, name, routes, given)
    headline(f"Web servers, {given.connections} connections, {given.database.split(':')[0]}")
    table(["server", "route", "answers/s", "p99 ms", "CPU us", "MB (PSS)"], lines)


def _lines(
    one: Stage, web: int, name: str, routes: dict[str, Iterator[bytes]], given: argparse.Namespace
) -> list[list[str]]:
    lines = []
    for route, requests in routes.items():
        try:
            load.run(one.address, requests, given.connections, 0.5)
            before = processes.cpu_seconds(web)
            done = load.run(one.address, requests, given.connections, given.seconds)
        except (OSError, TimeoutError) as failure:
            lines.append([name, route, str(failure), "", "", ""])
            break
        cpu = processes.cpu_seconds(web) - before
        answers = len(done.latencies)
        lines.append(
            [
                name,
                route,
                f"{answers / done.seconds:,.0f}",
                f"{1000 * percentile(done.latencies, 0.99):.1f}",
                f"{1e6 * cpu / answers:.0f}",
                f"{sum(map(processes.pss, processes.tree(web))):.0f}",
            ]
        )
    return lines


if __name__ == "__main__":
    main()
