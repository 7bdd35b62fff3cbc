"""Everything that needs the application before its processes start; a process of its own.

Checks ports and disk, writes supervisord's configuration, migrates the database and creates the
demo workspace once, through the same commands a person would type. Prints a plan for
``launch.run`` as one JSON object; what a person should read goes to standard error.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import logging
import shutil
import socket
import sys
from typing import TYPE_CHECKING, TypedDict

from click import ClickException
from flask.cli import FlaskGroup
from sqlalchemy.exc import DBAPIError

from config import load_settings
from launch.programs import control_socket, write_configuration
from launch.spool import check_spool

if TYPE_CHECKING:
    from config import Settings

NEEDED_DISK = 50 * 2**20  # bytes in INLET_HOME


class Plan(TypedDict):
    """What ``launch.run`` must know."""

    host: str
    port: int
    simulator_port: int | None
    configuration: str
    control: str
    logs: str
    logins: str


def main() -> None:
    settings = load_settings()
    try:
        check_machine(settings)
        plan = make_plan(settings)
    except OSError as error:
        sys.exit(f"Cannot use INLET_HOME ({settings.inlet_home}): {error.strerror}")
    except ClickException as refused:
        sys.exit(refused.message)
    except DBAPIError as error:
        sys.exit(f"The database does not answer as it should: {str(error.orig).splitlines()[0]}")
    json.dump(plan, sys.stdout)


def make_plan(settings: Settings) -> Plan:
    configuration = write_configuration(settings)
    return {
        "host": reachable(settings.inlet_host),
        "port": settings.inlet_port,
        "simulator_port": settings.inlet_simulator_port if settings.inlet_demo else None,
        "configuration": str(configuration),
        "control": str(control_socket(settings.home)),
        "logs": str(settings.home / "logs"),
        "logins": prepare_database(settings),
    }


def check_machine(settings: Settings) -> None:
    """Leave with one line when disk or spool have no room or a port is taken."""
    if shutil.disk_usage(settings.home).free < NEEDED_DISK:
        sys.exit(f"The disk is nearly full: {settings.home} needs {NEEDED_DISK >> 20} MB free.")
    check_spool(settings)
    ports = {"INLET_PORT": settings.inlet_port}
    if settings.inlet_demo:
        ports["INLET_SIMULATOR_PORT"] = settings.inlet_simulator_port
    for name, port in ports.items():
        check_port(settings.inlet_host, port, name)


def check_port(host: str, port: int, name: str) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        sys.exit(f"Cannot listen on {host}:{port} ({error.strerror}): set {name} to a free port.")


def prepare_database(settings: Settings) -> str:
    """Migrate, take the environment's integration, create the demo once; say how to log in."""
    print("Migrating the database", file=sys.stderr, flush=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    gc.disable()  # this process is short and imports much: a fifth faster
    from app.extensions import reader
    from app.inbox import setup
    from wsgi import app

    flask = FlaskGroup(create_app=lambda: app)
    with contextlib.redirect_stdout(sys.stderr):
        flask.main(["db", "upgrade"], standalone_mode=False)
        flask.main(["integrations", "from-environment"], standalone_mode=False)
    with app.app_context():
        is_setup_open = setup.is_open(reader())
    logins = io.StringIO()
    with contextlib.redirect_stdout(logins):
        if settings.inlet_demo:
            flask.main(["demo", "seed"], standalone_mode=False)
        elif is_setup_open:
            flask.main(["users", "setup-code"], standalone_mode=False)
    return logins.getvalue().strip()


def reachable(host: str) -> str:
    """The address under which a listener on ``host`` is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared


if __name__ == "__main__":
    main()
