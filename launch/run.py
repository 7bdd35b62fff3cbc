"""Start everything, say when it is ready, stop everything: ``bin/run`` inside the environment.

Imports the standard library only and stays while Inlet runs, so it must stay small.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from launch.supervisor import Supervisor

if TYPE_CHECKING:
    from launch.prepare import Plan

READY_WITHIN = 90.0  # seconds

# Python runs a signal's handler between any two steps of the main program; this queue may be
# filled there, even while the main program waits on it.
signals: queue.SimpleQueue[int] = queue.SimpleQueue()


class StopError(Exception):
    """Somebody asked for the end."""


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: signals.put(received))
    started = time.monotonic()
    try:
        lock_home(Path(os.environ["INLET_HOME"]))
        plan = prepare()
    except StopError:
        sys.exit(130)
    supervisor = Supervisor(plan["configuration"], plan["control"])
    try:
        wait_until_ready(plan, supervisor)
        supervisor.start_all()
        announce(plan, time.monotonic() - started)
        while supervisor.alive():
            pause(1)
        fail("supervisord died; see", Path(plan["logs"]) / "supervisord.log")
    except StopError:
        print("Stopping", flush=True)
    finally:
        supervisor.stop(impatient=signalled)


def lock_home(home: Path) -> None:
    """Hold INLET_HOME for this process: two Redis servers on one folder would destroy it."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(home, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Inlet already runs with INLET_HOME={home}.")
    except OSError as error:
        sys.exit(f"Cannot use INLET_HOME ({home}): {error.strerror}")


def prepare() -> Plan:
    """Run ``launch.prepare`` and return its plan; leave with its exit code where it failed."""
    command = [sys.executable, "-m", "launch.prepare"]
    # Its own session: a terminal's Ctrl-C reaches this process alone, which passes it on.
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            while process.poll() is None:
                pause(0.05)
        except StopError:
            process.terminate()
            raise
        output = process.stdout.read() if process.stdout else b""
    if process.returncode:
        sys.exit(process.returncode)
    plan: Plan = json.loads(output)
    return plan


def wait_until_ready(plan: Plan, supervisor: Supervisor) -> None:
    print("Starting the processes", flush=True)
    deadline = time.monotonic() + READY_WITHIN
    while not is_ready(plan):
        logs = Path(plan["logs"])
        if not supervisor.alive():
            fail("supervisord did not start.", logs / "supervisord.log")
        for name in supervisor.failing():
            fail(f"{name} keeps dying.", logs / f"{name}.log")
        if time.monotonic() > deadline:
            fail(f"Inlet was not ready within {READY_WITHIN:.0f} seconds.", logs / "web.log")
        pause(0.1)


def is_ready(plan: Plan) -> bool:
    """Whether /readyz is green and the simulator, where there is one, answers at all."""
    if answer(plan["host"], plan["port"], "/readyz") != http.client.OK:
        return False
    simulator = plan["simulator_port"]
    return simulator is None or answer(plan["host"], simulator, "/") is not None


def answer(host: str, port: int, path: str) -> int | None:
    """The status of a GET, or None where nothing answers."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def announce(plan: Plan, seconds: float) -> None:
    simulator = plan["simulator_port"]
    written = f"[{plan['host']}]" if ":" in plan["host"] else plan["host"]
    print(f"Inlet is ready: http://{written}:{plan['port']}")
    if simulator:
        print(f"Simulator (plays Meta): http://{written}:{simulator}")
    if plan["logins"]:
        print(plan["logins"])
    print(
        f"Ready after {seconds:.1f} s. Logs: {plan['logs']}. Ctrl-C stops everything.", flush=True
    )


def fail(reason: str, log: Path) -> NoReturn:
    lines = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
    print(f"{reason} The end of {log}:", *lines, sep="\n  ", file=sys.stderr)
    sys.exit(1)


def pause(seconds: float) -> None:
    """Wait, unless a signal comes first."""
    if signalled(seconds):
        raise StopError


def signalled(seconds: float) -> bool:
    try:
        signals.get(timeout=seconds)
    except queue.Empty:
        return False
    return True


if __name__ == "__main__":
    main()
