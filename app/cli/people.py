"""Commands about people, workspaces and tokens."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.cli import console
from app.inbox import members, setup
from app.inbox import tokens as keys
from app.inbox.errors import NotFound
from app.installation import current
from app.models import Membership, User
from app.models.states import Role

ROLES = click.Choice([role.value for role in Role])
WORKSPACE = click.option("--workspace", help="Name of the workspace; the oldest where left out.")

users = AppGroup("users", help="People who log in.")
workspaces = AppGroup("workspaces", help="The tenants of this installation.")
tokens = AppGroup("tokens", help="Keys for programs.")
GROUPS = (users, workspaces, tokens)


@users.command("setup-code")
@with_appcontext
def make_setup_code() -> None:
    """Make a new code for the first person; it stands alone on the last line."""
    with console.writing() as session:
        code = setup.offer(session)
    click.echo(f"Set up Inlet: {current().settings.base_url}/setup?code={code}")
    click.echo(code)


@users.command("create")
@click.argument("email")
@click.option("--name", help="The name colleagues see; the address where left out.")
@click.option("--role", type=ROLES, default=Role.AGENT.value, show_default=True)
@WORKSPACE
@click.option("--operator", is_flag=True, help="May see what belongs to no workspace.")
@click.option("--password", help="Asked for where left out.")
@with_appcontext
def create_user(
    email: str,
    name: str | None,
    role: str,
    workspace: str | None,
    operator: bool,
    password: str | None,
) -> None:
    """Create a user with EMAIL in a workspace."""
    secret = password or _ask_password()
    with console.writing() as session:
        place = members.find_workspace(session, workspace)
        user = members.make_user(
            session,
            email,
            name or email,
            secret,
            workspace=place,
            role=Role(role),
            is_operator=operator,
        )
        click.echo(f"User {user.email} is {role} in “{place.name}”.")


@users.command("list")
@with_appcontext
def list_users() -> None:
    """List everybody with their roles."""
    query = (
        select(User)
        .options(selectinload(User.memberships).joinedload(Membership.workspace))
        .order_by(User.id)
    )
    with console.reading() as session:
        for user in session.scalars(query):
            state = "active" if user.is_active else "deactivated"
            operator = " operator" if user.is_operator else ""
            click.echo(f"{user.id}\t{user.email}\t{user.name}\t{state}{operator}\t{_places(user)}")


@users.command("password")
@click.argument("email")
@click.option("--generate", is_flag=True, help="Make one; it stands alone on the last line.")
@with_appcontext
def change_password(email: str, generate: bool) -> None:
    """Give the user with EMAIL another password; all their sessions end."""
    password = members.make_password() if generate else _ask_password()
    with console.writing() as session:
        members.set_password(_user(session, email), password)
    click.echo(f"{email} has a new password and is logged out everywhere.", err=True)
    if generate:
        click.echo(password)


@users.command("deactivate")
@click.argument("email")
@with_appcontext
def deactivate_user(email: str) -> None:
    """Keep the user with EMAIL out of the whole installation; all their sessions end."""
    with console.writing() as session:
        members.switch_off(_user(session, email))
    click.echo(f"{email} can no longer log in.")


@workspaces.command("create")
@click.argument("name")
@with_appcontext
def create_workspace(name: str) -> None:
    """Create a workspace called NAME."""
    with console.writing() as session:
        workspace = members.make_workspace(session, name)
        click.echo(f"Workspace “{workspace.name}” has id {workspace.id}.")


@tokens.command("create")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--role", type=ROLES, default=Role.AGENT.value, show_default=True)
@WORKSPACE
@click.option("--days", type=click.IntRange(1, 3650), help="Works so long; always where left out.")
@with_appcontext
def create_token(name: str, role: str, workspace: str | None, days: int | None) -> None:
    """Create an API token; it stands alone on the last line and is not shown again."""
    with console.writing() as session:
        place = members.find_workspace(session, workspace)
        token = keys.make_token(session, place, name, Role(role), days=days)
    click.echo(f"Token “{name}” ({role}) for “{place.name}”:", err=True)
    click.echo(token)


@tokens.command("list")
@WORKSPACE
@with_appcontext
def list_tokens(workspace: str | None) -> None:
    """List the tokens of a workspace: id, role, state, last use, name."""
    with console.reading() as session:
        place = members.find_workspace(session, workspace)
        for token in keys.listed(session, place.id):
            used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
            state = keys.state(token)
            click.echo(f"{token.id}\t{token.role}\t{state}\t{used}\t{token.name}")


@tokens.command("revoke")
@click.argument("token_id", type=int)
@WORKSPACE
@with_appcontext
def revoke_token(token_id: int, workspace: str | None) -> None:
    """Make the token with TOKEN_ID worthless from now on."""
    with console.writing() as session:
        place = members.find_workspace(session, workspace)
        try:
            token = keys.revoke(session, place.id, token_id)
        except NotFound:
            raise click.ClickException(f"“{place.name}” has no token {token_id}.") from None
        click.echo(f"Token “{token.name}” is revoked.")


def _ask_password() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _user(session: Session, email: str) -> User:
    user = members.find_user(session, email)
    if user is None:
        raise click.ClickException(f"There is no user {email}. All of them: bin/inlet users list")
    return user


def _places(user: User) -> str:
    return ", ".join(
        f"{place.role} in {place.workspace.name}"
        + (" (deactivated)" if place.deactivated_at else "")
        for place in user.memberships
    )
