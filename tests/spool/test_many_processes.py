"""Processes that share the folder, and are killed while they write and while they drain."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import time_machine
from sqlalchemy import select

from app import clock
from app.inbox.spool.folder import OPEN
from app.inbox.spool.unspool import LEASE_LENGTH, Unspool
from app.models import ExternalEventLog
from app.models.database import reading
from launch.programs import ROOT
from tests.spool.kept import bodies, files

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from app.inbox.spool.folder import Folder

WRITER = """
import sys
from pathlib import Path
from concurrent.futures import ThreadPoolExecutor
from app import clock, logs
from app.inbox.spool import writer
from app.inbox.spool.folder import Folder
from app.inbox.spool.record import Received
from app.inbox.spool.writer import Spool

logs.configure("ERROR")
writer.SEGMENT_BYTES = 50_000
spool = Spool(Folder(Path(sys.argv[1]), 50_000_000))

def keep(number):
    body = b"%s-%d-" % (sys.argv[2].encode(), number) + b"x" * (number * 37 % 3000)
    spool.put(Received("instagram", body, "x", clock.now()))
    sys.stdout.write("kept %s-%d-\\n" % (sys.argv[2], number))
    sys.stdout.flush()

with ThreadPoolExecutor(8) as threads:
    list(threads.map(keep, range(int(sys.argv[3]))))
"""

DRAINER = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import create_engine
from app.inbox.spool import segment
from app.inbox.spool.folder import Folder
from app.inbox.spool.unspool import Unspool
from app.models.database import engine_options, prepare

engine = create_engine(sys.argv[2], **engine_options(sys.argv[2]))
prepare(engine)
segment.Sealed.remove = lambda self: os.kill(os.getpid(), signal.SIGKILL)
Unspool(engine, Folder(Path(sys.argv[1]), 1)).run()
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def kept_by(process: subprocess.Popen[str]) -> set[str]:
    """What a process said it kept; a line that was cut off says nothing."""
    said, _ = process.communicate(timeout=60)
    return {
        line.split()[1] for line in said.splitlines() if line.startswith("kept") and line[-1] == "-"
    }


def names(some: list[bytes]) -> list[str]:
    return [body.decode().rstrip("x") for body in some]


def stored(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        rows = session.execute(select(ExternalEventLog.body, ExternalEventLog.received_count))
        return {names([body])[0]: count for body, count in rows}


def test_two_writers_killed_at_any_moment_lose_nothing_they_kept(folder: Folder) -> None:
    chance = random.Random(7)  # noqa: S311 - reproducible, not secret
    kept: set[str] = set()
    for turn in range(4):
        writers = [start(WRITER, str(folder.path), f"{turn}{who}", "5000") for who in "ab"]
        for one in writers:
            assert one.stdout is not None
            kept.update(one.stdout.readline().split()[1:])  # it is at work
        time.sleep(chance.uniform(0, 0.1))
        for one in writers:
            one.send_signal(signal.SIGKILL)
            kept |= kept_by(one)
    found = names(bodies(folder))
    assert kept <= set(found)
    assert len(found) == len(set(found))


def test_a_spool_is_drained_while_others_write(folder: Folder, engine: Engine) -> None:
    unspool = Unspool(engine, folder)
    writers = [start(WRITER, str(folder.path), who, "1500") for who in "ab"]
    kept: set[str] = set()
    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(kept_by, one) for one in writers]
        while not all(one.done() for one in done):
            unspool.run()
        for one in done:
            kept |= one.result()
    unspool.run()
    assert len(kept) == 3000
    assert stored(engine) == dict.fromkeys(kept, 1)
    assert files(folder) == []


def test_a_drain_killed_between_commit_and_removal_stores_nothing_twice(
    folder: Folder, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    writer = start(WRITER, str(folder.path), "a", "50")
    kept = kept_by(writer)
    drainer = start(DRAINER, str(folder.path), database_url)
    drainer.communicate(timeout=60)
    assert drainer.returncode == -signal.SIGKILL
    assert set(stored(engine)) == kept
    assert files(folder)
    with time_machine.travel(clock.now() + 2 * LEASE_LENGTH):
        assert Unspool(engine, folder).run() == 50
    assert set(stored(engine)) == kept
    assert set(stored(engine).values()) <= {1, 2}
    assert files(folder) == []


def test_a_dead_writers_torn_end_is_set_aside(folder: Folder, engine: Engine) -> None:
    writer = start(WRITER, str(folder.path), "a", "3")
    kept = kept_by(writer)
    [path] = folder.files(OPEN)
    with path.open("ab") as file:
        file.write(path.read_bytes()[:60])
    assert Unspool(engine, folder).run() == 3
    assert set(stored(engine)) == kept
    [aside] = folder.path.iterdir()
    assert (aside.suffix, aside.stat().st_size) == (".damaged", 60)
