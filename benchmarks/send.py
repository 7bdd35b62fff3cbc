"""How many messages a second one worker sends over one account, and what that costs.

A real worker sends to a stand-in for Meta that takes its time for each answer. Beside it, by
turns: the same number of calls from a bare ``requests`` loop on as many threads.
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import requests
from sqlalchemy import Engine, event, func, select, update

from app.inbox import claim, reply
from app.inbox.beats import alive
from app.inbox.sender import Sender
from app.models import Conversation, Delivery, DeliveryAttempt, Integration
from app.models.database import reading, writing
from benchmarks import bodies, processes
from benchmarks.report import headline, table
from benchmarks.stage import Stage, free_port, stage

HEADS = ("rate", "sends/s", "of the limit", "of the bare loop", "CPU ms a send", "MB (PSS)")
LIMIT = 100.0
"""Messages a second that Instagram takes from an account."""
UNLIMITED = 10_000.0
SAMPLE = 20


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite", help="sqlite, or a PostgreSQL server")
    parser.add_argument("--count", type=int, default=2000, help="messages in each run")
    parser.add_argument("--conversations", type=int, default=600)
    parser.add_argument("--latency", type=int, default=100, help="milliseconds of each call")
    parser.add_argument("--threads", type=int, default=32, help="as SEND_THREADS")
    given = parser.parse_args()
    os.environ["SEND_THREADS"] = str(given.threads)
    with stage(given.database) as one:
        address = _meta(one, given.latency)
        one.live_through(bodies.stream(given.conversations), given.conversations)
        headline(f"Sending on {one.installation.engine.dialect.name}")
        bare = _bare(address, given.count, given.threads)
        lines = [_measure(one, given.count, rate, bare) for rate in (LIMIT, UNLIMITED)]
        table(HEADS, lines)
        statements = _statements(one)
        print(f"\nBare requests loop: {bare:.0f}/s on {given.threads} threads")
        print(f"Statements: {statements:.1f} a send, and {_claim_statements(one)} a claim")


def _meta(one: Stage, latency: int) -> str:
    """Start the stand-in, point the account to it and return its address."""
    port = free_port()
    one.start("-m", "benchmarks.graph_stub", str(port), str(latency))
    address = f"http://127.0.0.1:{port}"
    with writing(one.installation.engine) as session:
        session.execute(update(Integration).values(base_url=address))
    return address


def _bare(address: str, count: int, threads: int) -> float:
    """Return calls a second of a loop that does nothing but call."""
    with requests.Session() as session, ThreadPoolExecutor(threads) as pool:
        session.trust_env = False
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=threads))
        body = {"recipient": {"id": "1"}, "message": {"text": "Hello"}}
        started = time.perf_counter()
        for answer in pool.map(lambda _: session.post(address, json=body), range(count)):
            answer.raise_for_status()
        return count / (time.perf_counter() - started)


def _measure(one: Stage, count: int, rate: float, bare: float) -> list[str]:
    """Return one line of the table; every message must be sent once."""
    os.environ["SEND_RATE"] = str(rate)
    engine = one.installation.engine
    first = _queue(one, count)
    worker = one.start("worker.py", "worker")
    while not _is_alive(engine):
        time.sleep(0.05)
    cpu = processes.cpu_seconds(worker.pid)
    one.installation.queue.ring_outbound()
    most = 0.0
    while _is_waiting(engine):
        time.sleep(0.25)
        most = max(most, processes.pss(worker.pid))
    cost = (processes.cpu_seconds(worker.pid) - cpu) / count * 1000
    worker.terminate()
    worker.wait()
    speed = _speed(engine, first, count)
    shown = "100/s" if rate == LIMIT else "none"
    return [
        shown,
        f"{speed:.0f}",
        f"{speed / LIMIT:.2f}",
        f"{speed / bare:.2f}",
        f"{cost:.1f}",
        f"{most:.0f}",
    ]


def _queue(one: Stage, count: int) -> int:
    """Let as many answers wait, spread over all conversations; return the first delivery's id."""
    with writing(one.installation.engine) as session:
        threads = session.execute(select(Conversation.id, Conversation.workspace_id)).all()
        for number, (thread, workspace) in enumerate(islice(cycle(threads), count)):
            author = reply.Author(workspace, None, "api")
            reply.reply(session, author, thread, f"Answer {number}", None)
        newest = session.scalar(select(func.max(Delivery.id))) or 0
    return newest - count + 1


def _is_alive(engine: Engine) -> bool:
    with reading(engine) as session:
        return bool(alive(session, "worker").count)


def _is_waiting(engine: Engine) -> bool:
    waiting = select(Delivery.id).where(Delivery.state.in_(["queued", "claimed", "sending"]))
    with reading(engine) as session:
        return session.scalar(waiting.limit(1)) is not None


def _speed(engine: Engine, first: int, count: int) -> float:
    """Return sends a second from the first call to the last answer."""
    ours = DeliveryAttempt.delivery_id >= first
    span = select(
        func.min(DeliveryAttempt.started_at), func.max(DeliveryAttempt.finished_at), func.count()
    ).where(ours, DeliveryAttempt.outcome == "sent")
    with reading(engine) as session:
        started, ended, sent = session.execute(span).one()
    if sent != count or ended is None:
        message = f"{sent} of {count} messages were sent once"
        raise SystemExit(message)
    return count / (ended - started).total_seconds()


def _statements(one: Stage) -> float:
    """Return how many statements a send takes beside others, without its claim."""
    office = one.installation
    _queue(one, SAMPLE)
    with writing(office.engine) as session:
        claimed = claim.claim(session, SAMPLE, "benchmark", UNLIMITED).delivery_ids
    seen: list[str] = []
    event.listen(office.engine, "before_cursor_execute", lambda *said: seen.append(said[2]))
    sender = Sender(office.engine, office.graph, office.keyring)
    with ThreadPoolExecutor(SAMPLE) as pool:
        list(pool.map(sender.send, sender.begin(claimed)))
    return len(seen) / len(claimed)


def _claim_statements(one: Stage) -> int:
    office = one.installation
    _queue(one, SAMPLE)
    seen: list[str] = []
    event.listen(office.engine, "before_cursor_execute", lambda *said: seen.append(said[2]))
    with writing(office.engine) as session:
        claim.claim(session, SAMPLE, "benchmark", UNLIMITED)
    return len(seen)


if __name__ == "__main__":
    main()
