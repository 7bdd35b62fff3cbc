"""The integration that the environment describes, made or refreshed at each start."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.inbox import broken, integrations
from app.inbox.demo import WORKSPACE as DEMO_WORKSPACE
from app.inbox.keyring import ENVIRONMENT as SOURCE
from app.inbox.keyring import Keyring
from app.models import AccountAddress, ChannelAccount, Integration, Workspace

DEFAULT_WORKSPACE = "Main"


def refresh(session: Session, keyring: Keyring) -> list[Integration]:
    """Return the integration of each channel the environment names, made where missing.

    A channel is named where its account id is set. The integration belongs to the default
    workspace, the oldest that is not the demo. Its secrets stay in the environment, and what an
    admin changed about it stays as it is. Raises
    :class:`app.inbox.errors.Conflict` where another workspace has the account.
    """
    made = []
    for channel, named in keyring.environment.items():
        if named.account_id is None:
            continue
        integration = _known(session, channel, named.account_id) or _load(
            session, channel, named.account_id, keyring
        )
        broken.mend(session, integration)  # nobody can tell whether the environment's token is new
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


def _known(session: Session, channel: str, account_id: str) -> Integration | None:
    query = (
        select(Integration)
        .join(Integration.accounts)
        .join(ChannelAccount.addresses)
        .where(
            Integration.source == SOURCE,
            Integration.deleted_at.is_(None),
            AccountAddress.channel == channel,
            AccountAddress.external_id == account_id,
        )
    )
    return session.scalar(query)


def _load(session: Session, channel: str, account_id: str, keyring: Keyring) -> Integration:
    raw = {"name": channel, "config": {"instagram_page_id": account_id}}
    given = integrations.read_input(raw).data
    workspace = default_workspace(session)
    return integrations.load(session, workspace.id, given, keyring.vault, source=SOURCE)
