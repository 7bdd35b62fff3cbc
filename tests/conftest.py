"""Fixtures: an installation of its own for each test, its schema built by the migrations.

A test that asks for ``database_url``, or for anything made from it, runs on SQLite and on
PostgreSQL. Sockets lead to this machine only (see addopts in pyproject.toml).
"""

from __future__ import annotations

import os
import shutil
from itertools import islice
from typing import TYPE_CHECKING
from uuid import uuid4

import flask_migrate
import pytest
import redis
from argon2 import PasswordHasher
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine
from werkzeug.routing import Rule

from app import create_app
from app.inbox import members
from app.models.database import engine_options, prepare, writing
from config import Settings
from tests.services import Postgres, debian_redis, embedded_redis, postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page
    from sqlalchemy.orm import Session


ON_SQLITE = {"api", "connections", "health", "inbox_pages", "journeys", "people"}
"""Folders of tests over HTTP, which see no difference between databases ..."""
ON_BOTH = {
    "test_answering.py",
    "test_at_once.py",
    "test_calamity.py",
    "test_database_away.py",
    "test_reply.py",
    "test_statements.py",
    "test_tenants.py",
}
"""... but for these. What the views call is tested on both in the folders of the verbs."""
LASTING = "test_chaos.py"
WAITING = "journeys"
"""What begins, for it waits more than it works: some workers wait while the others work."""
WHOLE = {LASTING, "test_commands.py"}
"""What needs neither fixture for its database."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-database", action="store_true", help="everything on PostgreSQL too")
    parser.addoption("--mutants", type=int, default=500, help="odd webhook bodies to send")
    parser.addoption("--stories", type=int, default=15, help="random orders of events to try")
    parser.addoption("--seed", type=int, default=1, help="from which both are drawn")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out on PostgreSQL what is seen on SQLite, unless asked; begin with what lasts."""
    if not config.getoption("--every-database"):
        left_out = [one for one in items if _is_seen_on_sqlite(one)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [one for one in items if one not in set(left_out)]
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = _dealt(items, workers)


def _dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Begin with what lasts, and let half of the workers begin with what mostly waits.

    Each worker begins with a part of the list that is as long as the others'.
    """
    lasting = [one for one in items if one.path.name == LASTING]
    waiting = [one for one in items if one.path.parent.name == WAITING and one not in lasting]
    others = iter([one for one in items if one.path.parent.name != WAITING])
    files = sorted({one.path for one in waiting})
    hands = max(1, workers // 2)
    dealt = list(lasting)
    for worker in range(workers):
        mine = set(files[worker::hands]) if worker < hands else set()
        dealt += [one for one in waiting if one.path in mine]
        dealt += islice(others, max(0, len(items) * (worker + 1) // workers - len(dealt)))
    return dealt


def _is_seen_on_sqlite(item: pytest.Item) -> bool:
    folder, file = item.path.parent.name, item.path.name
    uses = {"app", "lasting_house"} & set(getattr(item, "fixturenames", ()))
    is_over_http = folder in ON_SQLITE and file not in ON_BOTH and bool(uses)
    is_whole = file in WHOLE
    return (is_over_http or is_whole) and item.get_closest_marker("postgresql") is not None


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell sets must not change a test."""
    for name in (*Settings.model_fields, "meta_access_token"):
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> Iterator[None]:
    """Hash quickly: what makes a hash slow to guess makes every test slow that has people."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(members, "_hasher", lambda: quick)
        yield


@pytest.fixture(autouse=True, scope="session")
def _builders_of_addresses() -> Iterator[None]:
    """Compile what builds a route's addresses once: each test's application has the same routes.

    Werkzeug compiles two functions for each rule of each application, from what is the key here.
    """
    compile_builder = Rule._compile_builder
    kept: dict[object, Callable[..., tuple[str, str]]] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = rule.rule, str(rule.defaults), tuple(rule._trace), append_unknown
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", builder)
        yield


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "inlet.db")
        yield f"sqlite:///{tmp_path / 'inlet.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    yield postgres.create(name, template=request.getfixturevalue("postgres_template"))
    postgres.drop(name)


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """An empty Redis: the embedded server, beside PostgreSQL the machine's own."""
    beside = request.node.get_closest_marker("postgresql")
    url: str = request.getfixturevalue("debian_redis_url" if beside else "embedded_redis_url")
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str) -> Settings:
    return Settings(
        inlet_home=tmp_path / "home",
        inlet_demo=False,
        database_url=database_url,
        redis_url=redis_url,
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, **engine_options(database_url))
    prepare(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A writing session. On SQLite nobody else can write while a test holds it."""
    with writing(engine) as session:
        yield session


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates as they were compiled for an earlier test."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(settings: Settings, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    app = create_app(settings)
    app.testing = True
    app.jinja_env.bytecode_cache = compiled_templates
    yield app
    _dispose(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def embedded_redis_url() -> Iterator[str]:
    with embedded_redis() as url:
        yield url


@pytest.fixture(scope="session")
def debian_redis_url() -> Iterator[str]:
    with debian_redis() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template")
    _migrate(home, f"sqlite:///{home / 'inlet.db'}")
    return home / "inlet.db"


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    _migrate(tmp_path_factory.mktemp("template"), postgres.create("migrated"))
    return "migrated"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; its sandbox does not work for root."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=arguments
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def _migrate(home: Path, url: str) -> None:
    app = create_app(Settings(inlet_home=home, inlet_demo=False, database_url=url))
    with app.app_context():
        flask_migrate.upgrade()
    _dispose(app)


def _dispose(app: Flask) -> None:
    """Close the database connections that the application's pool still holds."""
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()
    app.extensions["inlet"].prompt_engine.dispose()
    app.extensions["inlet_webhooks"].mailroom._engine.dispose()
