"""The command line for people and tokens, and what a start without the demo prints."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from app.inbox import members, setup, tokens
from app.inbox.setup import FirstPerson
from app.models import ApiToken, OneTimeCode, User, Workspace
from app.models.database import reading, writing
from app.models.states import Role
from tests.docs.markdown import ROOT
from tests.inbox_pages.visitor import PASSWORD, Visitor, email_of

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from flask import Flask
    from sqlalchemy import Engine

    from tests.office import Office

NEW = "a new long sentence"


def run(app: Flask, *words: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=list(words), input=typed)


@pytest.fixture
def email(agent: Visitor, office: Office) -> str:
    return email_of(office, Role.AGENT)


def test_a_setup_code_is_printed_with_its_address_and_works(app: Flask, engine: Engine) -> None:
    printed = run(app, "users", "setup-code")
    address, code = printed.output.splitlines()

    assert printed.exit_code == 0
    assert address == f"Set up Inlet: http://127.0.0.1:8000/setup?code={code}"
    with writing(engine) as session:
        made = setup.set_up(session, code, FirstPerson("W", "A", "a@example.com", PASSWORD))
    assert made.is_operator


def test_there_is_no_code_once_somebody_can_log_in(app: Flask, engine: Engine, email: str) -> None:
    refused = run(app, "users", "setup-code")

    assert (refused.exit_code, "set up already" in refused.output) == (1, True)
    with reading(engine) as session:
        assert session.query(OneTimeCode).all() == []


def test_a_password_is_typed(app: Flask, engine: Engine, agent: Visitor, email: str) -> None:
    assert run(app, "users", "password", email, typed=f"{NEW}\n{NEW}\n").exit_code == 0

    assert agent.get("/inbox").status_code == 303
    with reading(engine) as session:
        assert members.log_in(session, email, NEW)


def test_a_password_is_generated_and_stands_alone(app: Flask, engine: Engine, email: str) -> None:
    password = run(app, "users", "password", email, "--generate").stdout.strip()

    with reading(engine) as session:
        assert members.log_in(session, email, password)


def test_a_deactivated_login_is_out_everywhere(app: Flask, agent: Visitor, email: str) -> None:
    assert run(app, "users", "deactivate", email.upper()).exit_code == 0

    assert agent.get("/settings/profile").status_code == 303
    assert "deactivated" in run(app, "users", "list").output


@pytest.mark.parametrize("command", ["password", "deactivate"])
def test_an_unknown_login_is_one_clear_line(app: Flask, command: str) -> None:
    refused = run(app, "users", command, "nobody@example.com", typed=f"{NEW}\n{NEW}\n")

    assert refused.exit_code == 1
    assert "There is no user nobody@example.com" in refused.output


def test_logins_are_listed_with_their_roles(app: Flask, email: str, operator: Visitor) -> None:
    listed = run(app, "users", "list").output.splitlines()

    assert len(listed) == 2
    assert listed[0].endswith("agent in Harbour")
    assert "active operator" in listed[1]


def test_tokens_are_listed_and_revoked(app: Flask, engine: Engine, office: Office) -> None:
    run(app, "tokens", "create", "--name", "Robot", "--days", "30")
    token_id, *_ = run(app, "tokens", "list").output.split("\t")

    assert run(app, "tokens", "revoke", token_id).exit_code == 0

    assert "revoked" in run(app, "tokens", "list").output
    with reading(engine) as session:
        assert session.query(ApiToken).one().expires_at is not None


def test_a_token_of_another_workspace_is_not_revoked(
    app: Flask, engine: Engine, office: Office, elsewhere: Workspace
) -> None:
    with writing(engine) as session:
        tokens.make_token(session, elsewhere, "Robot", Role.AGENT)
        token = session.query(ApiToken).one()

    refused = run(app, "tokens", "revoke", str(token.id), "--workspace", "Harbour")

    assert (refused.exit_code, "has no token" in refused.output) == (1, True)
    with reading(engine) as session:
        assert session.query(ApiToken).one().revoked_at is None


def prepare(home: Path, **known: str) -> str:
    """Prepare an installation as bin/run does and return what it prints once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = os.environ | {"INLET_HOME": str(home), "INLET_PORT": port, "INLET_DEMO": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "launch.prepare"],
        env=environment | {"PYTHONPATH": str(ROOT)} | known,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    logins: str = json.loads(done.stdout)["logins"]
    return logins


def test_each_start_prints_a_code_until_somebody_can_log_in(tmp_path: Path) -> None:
    first, second = prepare(tmp_path), prepare(tmp_path)

    assert first.startswith("Set up Inlet: http://127.0.0.1:")
    assert first.splitlines()[-1] != second.splitlines()[-1]

    environment = os.environ | {"INLET_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-m", "launch.inlet"]
    for words in (
        ["workspaces", "create", "Harbour"],
        ["users", "create", "a@example.com", "--password", PASSWORD],
    ):
        subprocess.run([*program, *words], env=environment, check=True, capture_output=True)
    assert prepare(tmp_path) == ""


def test_no_start_makes_a_login_by_itself(tmp_path: Path) -> None:
    from sqlalchemy import create_engine, func, select

    prepare(tmp_path)

    engine = create_engine(f"sqlite:///{tmp_path / 'inlet.db'}")
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(User)) == 0
    engine.dispose()
