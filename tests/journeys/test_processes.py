"""What runs real processes for tests ends them, and touches no others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from launch.programs import ROOT
from tests.journeys.processes import Processes
from tests.services import TIED

if TYPE_CHECKING:
    from pathlib import Path

WITHIN = "60"  # seconds
OWNER = """
import os, sys, time
from pathlib import Path
from tests.journeys.processes import Processes

processes = Processes({"it": sys.argv[2:]}, dict(os.environ), Path(sys.argv[1]))
processes.start("it")
print("started", flush=True)
time.sleep(600)
"""


def holding(lock: Path) -> list[str]:
    """A command that holds ``lock`` as long as it runs."""
    return ["flock", "--no-fork", str(lock), "sleep", "600"]


def wait_held(lock: Path) -> None:
    deadline = time.monotonic() + float(WITHIN)
    while subprocess.run(["flock", "--nonblock", lock, "true"], check=False).returncode == 0:
        assert time.monotonic() < deadline, "nobody took the lock"
        time.sleep(0.05)


def wait_free(lock: Path) -> None:
    subprocess.run(["flock", "--timeout", WITHIN, lock, "true"], check=True)


def test_what_has_ended_is_not_signalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number may be another's by now."""
    killed: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda group, _: killed.append(group))
    processes = Processes({"gone": ["true"], "here": ["sleep", "600"]}, {}, tmp_path)
    processes.start("gone", "here")
    processes.stop("gone")
    here = processes._running["here"].pid
    processes.close()
    assert killed == [here]


def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    program = ["sh", "-c", f"{' '.join(holding(lock))} & wait"]
    processes = Processes({"parent": program}, dict(os.environ), tmp_path)
    processes.start("parent")
    wait_held(lock)
    processes.close()
    wait_free(lock)


@pytest.mark.skipif(not TIED, reason="only Linux ties a process to the one that started it")
def test_nothing_outlives_a_killed_test_run(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    command = [sys.executable, "-c", OWNER, str(tmp_path), *holding(lock)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"started\n"
        wait_held(lock)
        owner.send_signal(signal.SIGKILL)
    wait_free(lock)
