"""Which account of which workspace an item belongs to, and whether it may go there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Executable, FromClause, Text, select
from sqlalchemy.orm import Session

from app.channels.events import TestReceived, Unknown
from app.inbox.ingest.arrival import Account, Arrival
from app.inbox.keyring import Keyring
from app.models import AccountAddress, ChannelAccount, Integration
from app.models.bulk import Columns, objects_with_rows
from app.models.states import Outcome

ADDRESS: Columns = (("channel", Text()), ("external_id", Text()))

NOBODY = "no integration is connected to this account"
DISABLED = "the integration of this account is disabled"
NOT_PROVEN = "the integration has not shown yet that it may read this account"
OTHER_SECRET = "signed with another app secret than the one of the account's integration"  # noqa: S105


@dataclass(frozen=True, slots=True)
class _Card:
    account: Account
    is_enabled: bool
    is_proven: bool
    verified_by: frozenset[str]


def asked_for(account_id: int) -> str:
    """Return the ``verified_by`` of a body that was asked of Meta for one of our accounts.

    No webhook can carry it: the fingerprint of a secret has no colon.
    """
    return f"account:{account_id}"


def route(session: Session, arrivals: Sequence[Arrival], keyring: Keyring) -> None:
    """Give each item its account, or the outcome that it has none.

    An item goes only to an integration whose effective secret verified its body: who knows
    the secret of one workspace can put nothing into another's inbox. What was asked of Meta for
    one account goes to that one alone.
    """
    for arrival in arrivals:
        _settle_what_needs_no_account(arrival)
    waiting = [arrival for arrival in arrivals if arrival.is_open]
    cards = _cards(session, waiting, keyring)
    for arrival in waiting:
        card = cards.get((arrival.channel or "", arrival.event.account))
        if card is None:
            arrival.settle(Outcome.UNROUTABLE, NOBODY)
        elif arrival.verified_by not in card.verified_by:
            arrival.settle(Outcome.UNROUTABLE, OTHER_SECRET)
        elif not card.is_enabled:
            arrival.settle(Outcome.UNROUTABLE, DISABLED)
        elif not card.is_proven:
            arrival.settle(Outcome.UNROUTABLE, NOT_PROVEN)
        else:
            arrival.account = card.account
            _settle_what_is_no_deed(arrival)


def _settle_what_needs_no_account(arrival: Arrival) -> None:
    if isinstance(arrival.event, TestReceived):
        arrival.settle(Outcome.TEST_RECEIVED, f"Test button: {arrival.event.name}")
    elif arrival.channel is None:
        name = arrival.event.name if isinstance(arrival.event, Unknown) else "unknown"
        arrival.settle(Outcome.IGNORED, f"webhook object not handled: {name}")


def _settle_what_is_no_deed(arrival: Arrival) -> None:
    event = arrival.event
    if isinstance(event, Unknown) and not event.visible:
        arrival.settle(Outcome.IGNORED, f"nothing to show: {event.name}")
    elif event.person is None:
        arrival.settle(Outcome.IGNORED, "the item names no customer")


def _cards(
    session: Session, arrivals: Sequence[Arrival], keyring: Keyring
) -> dict[tuple[str, str], _Card]:
    asked = {(one.channel or "", one.event.account) for one in arrivals}
    if not asked:
        return {}
    named = [{"channel": channel, "external_id": external_id} for channel, external_id in asked]
    found = objects_with_rows(session, _connected, ADDRESS, named)
    return {
        (address.channel, address.external_id): _Card(
            Account(account.id, account.workspace_id, account.channel),
            is_enabled=integration.is_enabled,
            is_proven=account.proven_at is not None,
            verified_by=keyring.fingerprints(integration) | {asked_for(account.id)},
        )
        for address, account, integration in found
    }


def _connected(given: FromClause) -> Executable:
    return (
        select(AccountAddress, ChannelAccount, Integration)
        .join(ChannelAccount, AccountAddress.account_id == ChannelAccount.id)
        .join(Integration, ChannelAccount.integration_id == Integration.id)
        .join(
            given,
            (given.c.channel == AccountAddress.channel)
            & (given.c.external_id == AccountAddress.external_id),
        )
        .where(Integration.deleted_at.is_(None))
    )
