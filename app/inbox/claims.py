"""Which integration has an account: an account belongs to one workspace of an installation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.inbox.errors import Conflict, Trouble
from app.inbox.keyring import ENVIRONMENT
from app.models import AccountAddress, ChannelAccount, Integration


def claim(session: Session, integration: Integration, ids: list[str]) -> None:
    """Give the integration the account with these ids; the account is made where there is none.

    Accounts that it names no more are taken from it. An account that changes hands, or gets
    another id, must be proven anew by an integration without a secret of its own. An id that
    another workspace claims without owning the account stays there until :func:`take_over`.
    Raises :class:`Conflict` where another workspace owns the account.
    """
    if not ids:
        return
    try:
        _claim(session, integration, ids)
    except IntegrityError:  # another workspace was quicker by a moment: its claim is seen now
        _claim(session, integration, ids)


def _claim(session: Session, integration: Integration, ids: list[str]) -> None:
    with session.begin_nested():
        addresses = _addresses(session, integration.channel, ids)
        mine, foreign = _told_apart(addresses, integration.workspace_id)
        if any(one.account.owned_at for one in foreign):
            raise Conflict(_taken())
        more = set(ids) - {one.external_id for one in addresses}
        _attach(session, integration, ids, more, {one.account_id: one.account for one in mine})


def take_over(session: Session, account: ChannelAccount, ids: frozenset[str]) -> None:
    """Take these ids from workspaces that claim them without owning their accounts.

    For an account of which Meta has confirmed that it has these ids.
    """
    _, foreign = _told_apart(_addresses(session, account.channel, ids), account.workspace_id)
    for address in foreign:
        session.refresh(address.account, with_for_update=True)
        if address.account.owned_at is None:
            _yield(session, address)
    session.flush()


def _yield(session: Session, address: AccountAddress) -> None:
    account = address.account
    account.proven_at = None
    account.addresses.remove(address)
    session.delete(address)
    if not account.addresses:
        account.integration = None


def _addresses(session: Session, channel: str, ids: Collection[str]) -> list[AccountAddress]:
    query = select(AccountAddress).where(
        AccountAddress.channel == channel, AccountAddress.external_id.in_(ids)
    )
    return list(session.scalars(query))


def _told_apart(
    addresses: Iterable[AccountAddress], workspace_id: int
) -> tuple[list[AccountAddress], list[AccountAddress]]:
    """Return the addresses of the workspace's accounts, and all others."""
    mine: list[AccountAddress] = []
    foreign: list[AccountAddress] = []
    for one in addresses:
        (mine if one.account.workspace_id == workspace_id else foreign).append(one)
    return mine, foreign


def _attach(
    session: Session,
    integration: Integration,
    ids: list[str],
    more: set[str],
    accounts: Mapping[int, ChannelAccount],
) -> None:
    account = next(iter(accounts.values()), None) or _account(session, integration, ids)
    changes_hands = account.integration is not integration
    if (more or changes_hands) and not has_own_secret(integration):
        account.proven_at = None
    if changes_hands:
        account.owned_at = None
    for other in set(integration.accounts) - {*accounts.values(), account}:
        other.integration = None
    account.integration = integration
    for external_id in sorted(more):
        account.addresses.append(
            AccountAddress(channel=integration.channel, external_id=external_id)
        )


def _account(session: Session, integration: Integration, ids: list[str]) -> ChannelAccount:
    """Return the workspace's account that lost its ids to another one, or a new account."""
    former = select(ChannelAccount).where(
        ChannelAccount.workspace_id == integration.workspace_id,
        ChannelAccount.channel == integration.channel,
        ChannelAccount.external_id.in_(ids),
    )
    known = session.scalars(former.limit(1)).first()
    if known is None:
        known = ChannelAccount(
            workspace_id=integration.workspace_id,
            channel=integration.channel,
            external_id=ids[0],
        )
        session.add(known)
    return known


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
