"""The integration that the environment describes, made or refreshed at each start."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.inbox import integrations
from app.inbox.demo import WORKSPACE as DEMO_WORKSPACE
from app.inbox.keyring import Keyring
from app.models import Integration, Workspace

SOURCE = "environment"
DEFAULT_WORKSPACE = "Main"


def refresh(session: Session, keyring: Keyring) -> list[Integration]:
    """Make or refresh one integration "from environment" per channel that the environment names.

    A channel is named where its account id is set. The integration belongs to the default
    workspace, the oldest that is not the demo; its secrets stay in the environment. Raises
    :class:`app.inbox.errors.Conflict` where another workspace has the account.
    """
    made = []
    for channel, named in keyring.environment.items():
        if named.account_id is None:
            continue
        given = integrations.read_input(
            {"name": channel, "config": {"instagram_page_id": named.account_id}}
        ).data
        workspace = default_workspace(session)
        integration = integrations.load(session, workspace.id, given, keyring.vault, source=SOURCE)
        for account in integration.accounts:
            # Whoever sets the environment runs the installation: that is the proof.
            integrations.prove(session, account, frozenset({account.external_id}))
        made.append(integration)
    return made


def default_workspace(session: Session) -> Workspace:
    """Return the oldest workspace that is not the demo's, made where there is none."""
    query = select(Workspace).where(Workspace.name != DEMO_WORKSPACE).order_by(Workspace.id)
    found = session.scalars(query.limit(1)).first()
    if found is None:
        found = Workspace(name=DEFAULT_WORKSPACE)
        session.add(found)
        session.flush()
    return found
