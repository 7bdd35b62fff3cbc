"""Real processes that are started again when they die, as supervisord does under bin/run."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING

from tests.services import TIED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LOOK_EVERY = 0.05  # seconds
BETWEEN_STARTS = 0.5  # seconds; what dies at once must not eat the machine
STOP_WITHIN = 20.0  # seconds
TAIL = 25  # lines


class Processes:
    """Named programs, each in a session of its own, with one log file each.

    They end with the thread that started them: see TIED.
    """

    def __init__(
        self, commands: Mapping[str, Sequence[str]], environment: dict[str, str], logs: Path
    ) -> None:
        self._commands = commands
        self._environment = environment
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started_at: dict[str, float] = {}
        self._wanted: set[str] = set()
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._watch = threading.Thread(target=self._restart_what_died, daemon=True)
        self._watch.start()

    def start(self, *names: str) -> None:
        """Start programs that are down, and from now on keep them up."""
        with self._lock:
            self._wanted.update(names)
            for name in names:
                if name not in self._running or self._running[name].poll() is not None:
                    self._start(name)

    def stop(self, name: str) -> None:
        """Kill a program and leave it down."""
        with self._lock:
            self._wanted.discard(name)
            self.kill(name)

    def kill(self, name: str) -> None:
        """``kill -9`` the program itself; what it started must notice by itself."""
        with self._lock:
            process = self._running[name]
            process.kill()
            process.wait()

    def kill_running(self, name: str) -> None:
        """Wait until a program has been up for a moment, then kill it."""
        while True:
            with self._lock:
                is_up = name in self._running and self._running[name].poll() is None
                if is_up and time.monotonic() > self._started_at[name] + BETWEEN_STARTS:
                    self.kill(name)
                    return
            time.sleep(LOOK_EVERY)

    def terminate(self, name: str, within: float) -> float:
        """Ask a program to end, leave it down, and return the seconds that took.

        Fails where it took longer than ``within``.
        """
        with self._lock:
            self._wanted.discard(name)
            process = self._running[name]
        started = time.monotonic()
        process.terminate()
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{name} ignored SIGTERM for {within} s\n{self.tails()}") from None
        return time.monotonic() - started

    def exit_code(self, name: str) -> int | None:
        """The code with which a program ended; None while it runs."""
        with self._lock:
            return self._running[name].poll()

    def close(self) -> None:
        """End everything that was started."""
        self._closing.set()
        self._watch.join()
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for process in self._running.values():
            if process.returncode is None:
                _end_session(process, deadline)
        self._running.clear()

    def has_logged(self, name: str, words: str) -> bool:
        """Whether ``words`` stand in a program's log."""
        return words in (self._logs / f"{name}.log").read_text(errors="replace")

    def tails(self) -> str:
        """The end of every log."""
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-TAIL:])
            for path in sorted(self._logs.glob("*.log"))
        )

    def _start(self, name: str) -> None:
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [*TIED, *self._commands[name]],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started_at[name] = time.monotonic()

    def _restart_what_died(self) -> None:
        while not self._closing.wait(LOOK_EVERY):
            with self._lock:
                for name in self._wanted:
                    is_down = self._running[name].poll() is not None
                    rested = time.monotonic() > self._started_at[name] + BETWEEN_STARTS
                    if is_down and rested:
                        self._start(name)


def _end_session(process: subprocess.Popen[bytes], deadline: float) -> None:
    """Wait for a process until ``deadline``, then kill it and whatever else is in its group.

    Until it is reaped, which is the last step, its number cannot be given to another.
    """
    how = os.WEXITED | os.WNOWAIT | os.WNOHANG
    while os.waitid(os.P_PID, process.pid, how) is None and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
