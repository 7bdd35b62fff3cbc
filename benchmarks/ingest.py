"""How many items a second go through the whole chain, from stored bodies to the inbox.

Contact, lead, conversation, message, communication log, counters and outcome, for as many items
as wait when the drain looks. Beside it, by turns: the same bodies through an INSERT of one plain
table, a transaction each time, and through ``json.loads``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from itertools import islice

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, func, select

from app.models import CommunicationLog, Conversation, ExternalEvent, Lead, Message
from app.models.database import reading, writing
from app.models.states import Outcome
from benchmarks import bodies
from benchmarks.report import headline, middle, table
from benchmarks.stage import Stage, stage

HEADS = ("waiting", "items/s", "CPU us", "to insert", "to parsing", "insert/s", "parsing/s")
PLAIN = Table(
    "benchmark", MetaData(), Column("id", Integer, primary_key=True), Column("body", LargeBinary)
)


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite", help="sqlite, or a PostgreSQL server")
    parser.add_argument("--history", type=int, default=100_000, help="processed rows behind")
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--batch", default="1,10,100,500,5000", help="bodies that wait each time")
    parser.add_argument("--rounds", type=int, default=15, help="for each batch")
    given = parser.parse_args()
    webhooks = bodies.stream(given.customers)
    with stage(given.database) as one:
        PLAIN.create(one.installation.engine)
        one.live_through(webhooks, given.history)
        headline(f"Inbound chain on {one.installation.engine.dialect.name}")
        total = given.history
        lines = []
        for batch in map(int, given.batch.split(",")):
            rounds = max(3, min(given.rounds, 10_000 // batch))
            lines.append(_measure(one, webhooks, batch, rounds))
            total += batch * rounds
        table(HEADS, lines)
        _check(one, total, given.customers)


def _measure(one: Stage, webhooks: Iterator[bytes], batch: int, rounds: int) -> list[str]:
    chain, cpu, insert, parsing = [], [], [], []
    for _ in range(rounds):
        some = list(islice(webhooks, batch))
        one.store(iter(some), batch)
        started = time.process_time()
        chain.append(batch / _timed(lambda: _drain(one, batch)))
        cpu.append((time.process_time() - started) / batch)
        insert.append(batch / _timed(lambda: _insert(one, some)))  # noqa: B023 - called at once
        parsing.append(batch / _timed(lambda: [*map(json.loads, some)]))  # noqa: B023 - the same
    rates = [middle(values) for values in (chain, insert, parsing)]
    ratios = [
        middle([this / that for this, that in zip(chain, those, strict=True)])
        for those in (insert, parsing)
    ]
    return [
        str(batch),
        f"{rates[0]:,.0f}",
        f"{1e6 * middle(cpu):.0f}",
        *(f"{ratio:.3f}" for ratio in ratios),
        *(f"{rate:,.0f}" for rate in rates[1:]),
    ]


def _drain(one: Stage, batch: int) -> None:
    assert one.drain().run() == batch, "an item was left behind"


def _insert(one: Stage, some: list[bytes]) -> None:
    with writing(one.installation.engine) as session:
        session.execute(PLAIN.insert(), [{"body": body} for body in some])


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _check(one: Stage, total: int, customers: int) -> None:
    """See that everything arrived once and was counted right."""
    people = min(total, customers)
    wanted = {Message: total, CommunicationLog: total, Conversation: people, Lead: people}
    with reading(one.installation.engine) as session:
        for model, count in wanted.items():
            found = session.scalar(select(func.count()).select_from(model))
            assert found == count, f"{found} rows in {model.__tablename__} instead of {count}"
        unread = session.scalar(select(func.sum(Conversation.unread_count)))
        assert unread == total, f"{unread} unread messages instead of {total}"
        applied = select(func.count()).where(ExternalEvent.outcome == Outcome.APPLIED)
        assert session.scalar(applied) == total, "not every item was applied"
    print(f"\nAll {total:,} messages of {people:,} customers are there once.")


if __name__ == "__main__":
    main()
