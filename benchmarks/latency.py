"""How long after a webhook was sent its message is in the database, at light load.

Real web server, worker and sweep. The next poll of a browser comes on top.
"""

from __future__ import annotations

import argparse
import json
import time

from sqlalchemy import Engine, select

from app.models import Message
from app.models.database import reading
from benchmarks import bodies
from benchmarks.load import Client
from benchmarks.report import headline, percentile, table
from benchmarks.served import WEBHOOK
from benchmarks.stage import stage

LOOK_EVERY = 0.002  # seconds
VISIBLE_WITHIN = 10.0  # seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite", help="sqlite, or a PostgreSQL server")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rate", type=float, default=5.0, help="webhooks a second")
    given = parser.parse_args()
    with stage(given.database) as one:
        one.serve()
        one.start("worker.py", "worker")
        one.start("worker.py", "sweep")
        headline(f"Webhook to visible row on {one.installation.engine.dialect.name}")
        client = Client(one.address)
        webhooks = bodies.stream(given.count)
        answers, rows = [], []
        for number in range(-5, given.count):
            started = time.perf_counter()
            body = next(webhooks)
            answer = _deliver(client, body)
            row = _wait_visible(one.installation.engine, body, started)
            if number >= 0:  # the first ones warm everything up
                answers.append(answer)
                rows.append(row)
            time.sleep(max(0.0, started + 1 / given.rate - time.perf_counter()))
    lines = [
        [what, *(f"{1000 * percentile(values, share):.0f}" for share in (0.5, 0.95, 1.0))]
        for what, values in (("answered", answers), ("visible", rows))
    ]
    table(["webhook", "p50 ms", "p95 ms", "max ms"], lines)


def _deliver(client: Client, body: bytes) -> float:
    client.send(bodies.request(WEBHOOK, body))
    while (ok := client.receive()) is None:
        pass
    assert ok, "not answered with 200"
    return client.waited()


def _wait_visible(engine: Engine, body: bytes, started: float) -> float:
    """Return the seconds from ``started`` until the message of ``body`` can be read."""
    mid = json.loads(body)["entry"][0]["messaging"][0]["message"]["mid"]
    query = select(Message.id).where(Message.external_id == mid)
    while time.perf_counter() < started + VISIBLE_WITHIN:
        with reading(engine) as session:
            if session.scalar(query) is not None:
                return time.perf_counter() - started
        time.sleep(LOOK_EVERY)
    raise TimeoutError("not visible in time")


if __name__ == "__main__":
    main()
