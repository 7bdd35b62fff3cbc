"""Which integration has an account: an account belongs to one workspace of an installation."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.inbox.errors import Conflict, Trouble
from app.inbox.keyring import ENVIRONMENT
from app.models import AccountAddress, ChannelAccount, Integration


def claim(session: Session, integration: Integration, ids: list[str]) -> None:
    """Give the integration the account with these ids; the account is made where there is none.

    Accounts that it names no more are taken from it. An account that changes hands, or gets
    another id, must be proven anew by an integration without a secret of its own. Raises
    :class:`Conflict` where an id belongs to another workspace.
    """
    query = select(AccountAddress).where(
        AccountAddress.channel == integration.channel, AccountAddress.external_id.in_(ids)
    )
    addresses = list(session.scalars(query))
    accounts = {address.account_id: address.account for address in addresses}
    if any(account.workspace_id != integration.workspace_id for account in accounts.values()):
        raise Conflict(_taken())
    if not ids:
        return
    try:
        _attach(session, integration, ids, {one.external_id for one in addresses}, accounts)
        session.flush()
    except IntegrityError:  # another workspace was quicker by a moment
        raise Conflict(_taken()) from None


def _attach(
    session: Session,
    integration: Integration,
    ids: list[str],
    known: set[str],
    accounts: Mapping[int, ChannelAccount],
) -> None:
    account = next(iter(accounts.values()), None) or _new_account(session, integration, ids[0])
    more = set(ids) - known
    if (more or account.integration is not integration) and not has_own_secret(integration):
        account.proven_at = None
    for other in set(integration.accounts) - {*accounts.values(), account}:
        other.integration = None
    account.integration = integration
    for external_id in sorted(more):
        account.addresses.append(
            AccountAddress(channel=integration.channel, external_id=external_id)
        )


def _new_account(session: Session, integration: Integration, external_id: str) -> ChannelAccount:
    account = ChannelAccount(
        workspace_id=integration.workspace_id,
        channel=integration.channel,
        external_id=external_id,
    )
    session.add(account)
    return account


def has_own_secret(integration: Integration) -> bool:
    """Say whether only what the integration's own secret signed reaches it.

    Then its accounts need no proof. Who sets the environment runs the installation.
    """
    return integration.api_secret is not None or integration.source == ENVIRONMENT


def _taken() -> Trouble:
    return Trouble(
        message="This account is connected to another workspace.",
        explanation="An account belongs to one workspace of an installation, so that its messages "
        "reach one inbox only.",
        next_step="Connect it where it was connected first, with its history, or ask whoever runs "
        "this installation.",
        page="connect-instagram.md#one-workspace",
    )
