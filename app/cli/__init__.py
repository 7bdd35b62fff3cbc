"""The command line: ``bin/inlet GROUP COMMAND``."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from pydantic import ValidationError

from app.cli import console, events, people
from app.inbox import demo, environment, integrations, members, proof, repair
from app.installation import current
from app.models import Integration

integrations_group = AppGroup("integrations", help="Connections to channels.")
demo_group = AppGroup("demo", help="The workspace for trying things out.")


def register(app: Flask) -> None:
    """Add the commands to ``app``."""
    for group in (*people.GROUPS, integrations_group, events.events, demo_group):
        app.cli.add_command(group)


@integrations_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--workspace", help="Name of the workspace; the oldest where left out.")
@with_appcontext
def load_integration(file: Path, workspace: str | None) -> None:
    """Create or update the integration described by the JSON in FILE."""
    try:
        given = integrations.read_input(_object_in(file))
    except (ValidationError, ValueError) as problem:
        raise click.ClickException(f"{file}: {_readable(problem)}") from None
    for key in given.unknown_keys:
        click.echo(f"warning: “{key}” means nothing to Inlet and was left out", err=True)
    office = current()
    with console.writing() as session:
        place = members.find_workspace(session, workspace)
        integration = integrations.load(session, place.id, given.data, office.vault)
    obstacle = proof.check_accounts(office.engine, office.graph, office.keyring, integration.id)
    with console.reading() as session:
        click.echo(_line(integrations.in_workspace(session, place.id, integration.id)))
    if obstacle:
        click.echo(f"warning: the account could not be looked up: {obstacle}", err=True)


@integrations_group.command("list")
@click.option("--workspace", help="Name of the workspace; the oldest where left out.")
@with_appcontext
def list_integrations(workspace: str | None) -> None:
    """List the integrations of a workspace, without their secrets."""
    with console.reading() as session:
        place = members.find_workspace(session, workspace)
        for integration in integrations.listed(session, place.id):
            click.echo(_line(integration))


@integrations_group.command("repair")
@click.argument("integration_id", type=int, required=False)
@click.option("--workspace", help="Name of the workspace; the oldest where left out.")
@with_appcontext
def repair_integrations(integration_id: int | None, workspace: str | None) -> None:
    """Look at Meta for messages that were not delivered, of one integration or of all.

    It goes back a day, or as far as an earlier look did not reach. The sweep does it.
    """
    with console.writing() as session:
        place = members.find_workspace(session, workspace)
        count = repair.ask_by_hand(session, place.id, integration_id)
    if not count:
        raise click.ClickException("No connected account: switched off, broken, or not proven.")
    click.echo(f"Looking for missed messages of {count} account(s).")


@integrations_group.command("from-environment")
@with_appcontext
def refresh_from_environment() -> None:
    """Make or refresh what INSTAGRAM_PAGE_ID and its kin describe; bin/run does this at start."""
    office = current()
    with console.writing() as session:
        for integration in environment.refresh(session, office.keyring):
            click.echo(f"Integration from the environment: {_line(integration)}")


@demo_group.command("seed")
@with_appcontext
def seed_demo() -> None:
    """Create the demo workspace and the simulator's world, once; later starts move them."""
    office = current()
    settings = office.settings
    inbox, folder = settings.base_url, settings.home / "simulator"
    simulator = f"http://{settings.inlet_host}:{settings.inlet_simulator_port}"
    given = settings.inlet_demo_password
    password = given.get_secret_value() if given else secrets.token_urlsafe(9)
    with console.writing() as session:
        if demo.is_seeded(session):
            demo.move(session, folder, inbox, simulator)
            click.echo("Demo logins: " + ", ".join(email for email, _, _ in demo.PEOPLE))
            return
        world = demo.seed(session, office.vault, password, inbox, simulator)
        demo.write_world(folder, world)
    for email, name, role in demo.PEOPLE:
        click.echo(f"Demo login: {email}  password: {password}  ({name}, {role})")


def _line(integration: Integration) -> str:
    state = "enabled" if integration.is_enabled else "disabled"
    state = "reconnect" if integration.is_enabled and integration.broken_at else state
    accounts = ", ".join(
        f"{account.external_id} ({'proven' if account.proven_at else 'not proven'})"
        for account in integration.accounts
    )
    simulated = " simulated" if integration.base_url else ""
    return (
        f"{integration.id}\t{integration.channel}{simulated}\t{state}\t{accounts or 'no account'}"
    )


def _object_in(file: Path) -> dict[str, Any]:
    found = json.loads(file.read_text())
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - the file is wrong, not the caller
    return found


def _readable(problem: ValidationError | ValueError) -> str:
    if isinstance(problem, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
            for error in problem.errors(include_input=False)
        )
    return f"not an Integration JSON ({problem})"
