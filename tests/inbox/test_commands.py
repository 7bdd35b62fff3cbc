"""The command line: what it prints, and the exit code that says how it went."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from app.inbox import members, tokens
from app.inbox.demo import CUSTOMERS
from app.models import ExternalEvent, Integration, User
from app.models.database import reading, writing
from tests.bodies import SECRET, body, message
from tests.inbox.test_connecting import ME, WRITTEN
from tests.office import TOKEN, Office, connect

if TYPE_CHECKING:
    import responses
    from click.testing import Result
    from flask import Flask

    from config import Settings


ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application, its other connections closed with it."""
    app.extensions["inlet_webhooks"].mailroom._engine.dispose()
    return app


@pytest.fixture
def office(app: Flask) -> Office:
    installation = app.extensions["inlet"]
    return connect(installation.engine, installation.keyring, "Harbour")


def run_inlet(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run bin/inlet's module with ``folder`` as current and as INLET_HOME."""
    command = [sys.executable, "-m", "launch.inlet", *words]
    known = {"INLET_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, env=os.environ | known, cwd=folder, capture_output=True, text=True, check=False
    )


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "instagram.json"
    path.write_text(json.dumps(WRITTEN | {"colour": "blue"}))
    return path


@pytest.fixture
def asked(meta: responses.RequestsMock) -> responses.RequestsMock:
    """Meta does not know the token."""
    meta.get(ME, json={"error": {"code": 190, "message": f"Bad {TOKEN}"}}, status=400)
    return meta


def test_a_token_stands_alone_on_the_last_line(app: Flask, office: Office) -> None:
    made = run(app, "tokens", "create", "--name", "robot", "--role", "admin")
    token = made.output.splitlines()[-1]
    assert (made.exit_code, made.stdout.strip()) == (0, token)
    with writing(office.engine) as session:
        found = tokens.find_token(session, token)
        assert found is not None
        assert (found.workspace_id, found.role) == (office.workspace_id, "admin")
        assert token not in str(found.digest)


def test_a_token_for_no_workspace_is_an_error(app: Flask) -> None:
    made = run(app, "tokens", "create", "--name", "robot")
    assert made.exit_code == 1
    assert "workspaces create" in made.output


def test_a_workspace_is_created_once(app: Flask) -> None:
    assert run(app, "workspaces", "create", "Harbour").exit_code == 0
    again = run(app, "workspaces", "create", "Harbour")
    assert (again.exit_code, "exists already" in again.output) == (1, True)


def test_a_workspace_needs_a_name(app: Flask) -> None:
    made = run(app, "workspaces", "create", "  ")
    assert (made.exit_code, "has no name" in made.output) == (1, True)


def test_a_user_is_created_once_and_can_log_in(app: Flask, office: Office) -> None:
    words = ("users", "create", "Ana@Example.com", "--password", "long enough", "--operator")
    assert run(app, *words).exit_code == 0
    assert run(app, *words).exit_code == 1
    user = office.row(User)
    assert (user.email, user.is_operator) == ("ana@example.com", True)
    with writing(office.engine) as session:
        assert members.log_in(session, "ANA@example.com", "long enough")
        assert members.log_in(session, "ana@example.com", "wrong") is None


@pytest.mark.parametrize(
    "words", [["no address", "--password", "long enough"], ["a@b", "--password", "x"]]
)
def test_a_user_that_cannot_be_is_an_error(app: Flask, office: Office, words: list[str]) -> None:
    assert run(app, "users", "create", *words).exit_code == 1
    assert office.rows(User) == []


def test_an_integration_is_loaded_and_its_secrets_are_not_printed(
    app: Flask, office: Office, written: Path, asked: Any
) -> None:
    loaded = run(app, "integrations", "load", str(written))
    listed = run(app, "integrations", "list")
    assert (loaded.exit_code, listed.exit_code) == (0, 0)
    assert "colour" in loaded.output
    assert "(proven)" in listed.output
    for secret in (TOKEN, SECRET):
        assert secret not in loaded.output + listed.output


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", '{"name": "telegram", "config": {}}'])
def test_a_file_that_is_no_integration_is_one_clear_line(
    app: Flask, office: Office, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    loaded = run(app, "integrations", "load", str(path))
    assert loaded.exit_code == 1
    assert len(loaded.output.splitlines()) == 1
    assert str(path) in loaded.output


def test_a_missing_file_is_a_wrong_use(app: Flask) -> None:
    assert run(app, "integrations", "load", "missing.json").exit_code == 2


def test_events_are_listed_and_replayed(app: Flask, office: Office) -> None:
    with writing(office.engine) as session:
        session.execute(update(Integration).values(is_enabled=False))
    office.receive(body(message("m1")))
    office.drain()
    event = office.row(ExternalEvent)
    listed = run(app, "events", "list", "--outcome", "unroutable")
    assert (listed.exit_code, listed.output.split("\t")[0]) == (0, str(event.id))
    replayed = run(app, "events", "replay", str(event.id), "999999")
    assert (replayed.exit_code, replayed.output[:6]) == (0, "1 of 2")
    assert office.outcomes() == ["pending"]


def test_the_demo_follows_its_ports(app: Flask, settings: Settings) -> None:
    assert run(app, "demo", "seed").exit_code == 0
    installation = app.extensions["inlet"]
    ports = {"inlet_port": 9000, "inlet_simulator_port": 9001}
    app.extensions["inlet"] = replace(installation, settings=settings.model_copy(update=ports))

    assert run(app, "demo", "seed").exit_code == 0

    with reading(installation.engine) as session:
        assert session.scalars(select(Integration.base_url)).one() == "http://127.0.0.1:9001"
    world = json.loads((settings.home / "simulator" / "simulator.json").read_text())
    assert world["callback_url"] == "http://127.0.0.1:9000/api/webhooks/instagram"
    assert len(world["customers"]) == len(CUSTOMERS)


def test_a_body_that_came_twice_is_listed_as_a_duplicate(app: Flask, office: Office) -> None:
    for _ in range(2):
        office.receive(body(message("m1")))
    office.receive(body(message("m2")))
    office.drain()
    listed = run(app, "events", "list", "--outcome", "duplicate")
    assert (listed.exit_code, len(listed.output.splitlines())) == (0, 1)


def test_help_names_the_program_that_was_called(tmp_path: Path) -> None:
    shown = run_inlet(tmp_path, "--help").stdout
    assert "Usage: bin/inlet" in shown
    assert "development server" not in shown


def test_the_database_is_made_from_any_folder(tmp_path: Path) -> None:
    assert run_inlet(tmp_path, "db", "upgrade").returncode == 0
    assert (tmp_path / "inlet.db").exists()
