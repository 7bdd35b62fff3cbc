"""The application on a port of this machine, and somebody in front of a browser."""

from __future__ import annotations

import shutil
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from app.inbox.keyring import Keyring
from app.models.states import Role
from tests.browser.sessions import resume
from tests.inbox_pages.visitor import Visitor
from tests.office import Office, connect, vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from playwright.sync_api import Browser, Page
    from sqlalchemy import Engine

PATIENCE = 60_000.0  # milliseconds


@pytest.fixture(autouse=True, scope="session")
def _patience() -> None:
    """Give what is expected more time than it takes: a machine may be slow and busy."""
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: the browser sees no difference."""
    shutil.copy(sqlite_template, tmp_path / "inlet.db")
    return f"sqlite:///{tmp_path / 'inlet.db'}"


@pytest.fixture
def office(engine: Engine) -> Office:
    return connect(engine, Keyring(vault()), "Harbour")


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of the running application."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains about: errors, broken rules of the policy."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def log_in(app: Flask, office: Office, site: str) -> Callable[[Page], None]:
    """Have an agent who logged in earlier come back with a browser; it shows no page yet."""
    agent = Visitor.member(app, office, Role.AGENT)

    def log_in(page: Page) -> None:
        resume(page, agent, site)

    return log_in


@pytest.fixture
def without_scripts(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()
