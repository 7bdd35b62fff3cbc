"""supervisord as a child process, seen through its XML-RPC and its signals."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from xmlrpc.client import Fault, ServerProxy, Transport

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_WITHIN = 9.5  # seconds; supervisord's own limits are shorter
FAILED_STARTS = 3


class Supervisor:
    """A running supervisord. It is started by making one of these."""

    def __init__(self, configuration: str, control: str) -> None:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", configuration]
        # Its own session: a terminal's Ctrl-C must not reach it twice.
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        self._proxy = ServerProxy("http://localhost", transport=_UnixTransport(control))
        self._starts: defaultdict[str, set[int]] = defaultdict(set)

    def alive(self) -> bool:
        return self._process.poll() is None

    def failing(self) -> list[str]:
        """Names of processes that have been started several times and are not up."""
        for process in self._processes():
            self._starts[process["name"]].add(process["start"])
        return [name for name, starts in self._starts.items() if len(starts) > FAILED_STARTS]

    def start_all(self) -> None:
        """Start what has not been started yet."""
        self._proxy.supervisor.startProcessGroup("inlet", False)

    def stop(self, impatient: Callable[[float], bool]) -> None:
        """Stop all processes; kill them when ``impatient(seconds)`` or the time is up."""
        children = [process["pid"] for process in self._processes() if process["pid"]]
        self._process.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        while self.alive():
            if impatient(0.05) or time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
        if self._process.returncode:
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)

    def _processes(self) -> list[dict[str, Any]]:
        try:
            found: Any = self._proxy.supervisor.getAllProcessInfo()
        except (OSError, HTTPException, Fault):
            return []  # not up yet, or on its way out
        return list(found)


class _UnixTransport(Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, _host: object) -> HTTPConnection:
        return _UnixConnection(self._path)


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=2)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
