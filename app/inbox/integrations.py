"""Connecting a workspace to a channel, and telling which accounts that covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.channels import registry
from app.channels.base import SendError
from app.channels.graph import Graph
from app.crypto import Vault
from app.inbox.errors import Conflict, NotFound, Trouble
from app.inbox.keyring import Keyring
from app.models import AccountAddress, ChannelAccount, Delivery, ExternalEvent, Integration
from app.models.outbox import DELIVERY_IS_OPEN
from app.models.states import DeliveryState, Outcome

PAGE = "connect-instagram.md"


class IntegrationConfig(BaseModel):
    """The ``config`` part of the Integration JSON, in snake_case or camelCase."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    webhook_verify_token: str | None = Field(None, max_length=500)
    page_id: str | None = Field(None, pattern=r"^\d{1,40}$")
    instagram_page_id: str | None = Field(None, pattern=r"^\d{1,40}$")
    login: str = Field("facebook", pattern="^(facebook|instagram)$")
    human_agent: bool = False


class IntegrationInput(BaseModel):
    """The Integration JSON of a channel; unknown keys are left out and named by the reader."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    name: str
    provider: str = Field("Meta", max_length=100)
    is_enabled: bool = True
    access_token: str | None = Field(None, max_length=5_000)
    api_secret: str | None = Field(None, max_length=1_000)
    config: IntegrationConfig

    @field_validator("name")
    @classmethod
    def _is_channel(cls, value: str) -> str:
        if value not in registry.CHANNELS:
            raise ValueError(f"must be one of: {', '.join(registry.CHANNELS)}")
        return value


@dataclass(frozen=True, slots=True)
class ReadInput:
    """An Integration JSON as read, and the keys in it that mean nothing to Inlet."""

    data: IntegrationInput
    unknown_keys: tuple[str, ...]


def read_input(raw: Mapping[str, Any]) -> ReadInput:
    """Read the Integration JSON in camelCase or snake_case. Raises pydantic.ValidationError."""
    plain = {_snake(key): value for key, value in raw.items()}
    config = plain.get("config")
    unknown = [key for key in raw if _snake(key) not in IntegrationInput.model_fields]
    if isinstance(config, Mapping):
        known = IntegrationConfig.model_fields
        unknown += [f"config.{key}" for key in config if _snake(str(key)) not in known]
        plain["config"] = {_snake(str(key)): value for key, value in config.items()}
    return ReadInput(IntegrationInput.model_validate(plain), tuple(unknown))


def load(
    session: Session, workspace_id: int, given: IntegrationInput, vault: Vault, **extra: Any
) -> Integration:
    """Store an integration: update the workspace's one with any equal id, else make it.

    ``extra`` may set ``source`` and ``base_url``. Raises :class:`Conflict` where one of its ids
    belongs to another workspace or another integration.
    """
    ids = account_ids(given)
    integration = _existing(session, workspace_id, given.name, ids)
    if integration is None:
        integration = Integration(workspace_id=workspace_id, channel=given.name, config={})
        session.add(integration)
    integration.provider = given.provider
    integration.is_enabled = given.is_enabled
    integration.deleted_at = None
    integration.config = integration.config | given.config.model_dump(exclude_none=True)
    if given.access_token:
        integration.access_token = vault.encrypt(given.access_token)
    if given.api_secret:
        integration.api_secret = vault.encrypt(given.api_secret)
    for name, value in extra.items():
        setattr(integration, name, value)
    session.flush()
    _claim(session, integration, ids)
    return integration


def account_ids(given: IntegrationInput) -> list[str]:
    """Return the account ids in an input, the one that webhooks name first, each once."""
    config = given.config
    return list(dict.fromkeys(i for i in (config.instagram_page_id, config.page_id) if i))


def in_workspace(session: Session, workspace_id: int, integration_id: int) -> Integration:
    """Return an integration of the workspace. Raises :class:`NotFound`."""
    found = session.scalar(
        select(Integration).where(
            Integration.id == integration_id,
            Integration.workspace_id == workspace_id,
            Integration.deleted_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def listed(session: Session, workspace_id: int) -> list[Integration]:
    """Return the workspace's integrations, oldest first."""
    query = select(Integration).where(
        Integration.workspace_id == workspace_id, Integration.deleted_at.is_(None)
    )
    return list(session.scalars(query.order_by(Integration.id)))


def enable(session: Session, integration: Integration, *, is_enabled: bool) -> None:
    """Switch an integration on or off: its queue is held meanwhile and goes on afterwards."""
    integration.is_enabled = is_enabled
    before, after = DeliveryState.QUEUED, DeliveryState.HELD
    if is_enabled:
        before, after = after, before
        reroute(session, integration)
    accounts = select(ChannelAccount.id).where(ChannelAccount.integration_id == integration.id)
    queue = update(Delivery).where(
        DELIVERY_IS_OPEN, Delivery.state == before, Delivery.account_id.in_(accounts)
    )
    session.execute(queue.values(state=after))


def remove(session: Session, integration: Integration) -> None:
    """Take an integration away and forget its secrets; accounts and history stay."""
    enable(session, integration, is_enabled=False)
    integration.deleted_at = clock.now()
    integration.access_token = integration.api_secret = None


def prove(session: Session, account: ChannelAccount, ids: frozenset[str]) -> None:
    """Note that the integration runs the account, which has these ids, and take its events in.

    ``ids`` that another account already has are left with that account.
    """
    taken = select(AccountAddress.external_id).where(
        AccountAddress.channel == account.channel, AccountAddress.external_id.in_(ids)
    )
    for external_id in sorted(ids - set(session.scalars(taken))):
        account.addresses.append(AccountAddress(channel=account.channel, external_id=external_id))
    account.proven_at = account.proven_at or clock.now()
    session.flush()
    if account.integration is not None:
        reroute(session, account.integration)


def look_up(graph: Graph, keyring: Keyring, integration: Integration) -> frozenset[str]:
    """Ask Meta which account ids the integration's token may read.

    Returns the empty set where there is no token. Raises a :class:`SendError`.
    """
    channel = registry.channel(integration.channel)
    found: set[str] = set()
    for account in integration.accounts:
        who = keyring.credentials(integration, account.external_id)
        if who is not None:
            found |= channel.accounts(graph, who, account.external_id)
    return frozenset(found)


def check_accounts(
    session: Session, graph: Graph, keyring: Keyring, integration: Integration
) -> str | None:
    """Prove the integration's accounts and learn their other ids from Meta.

    An integration with a secret of its own needs no proof: only what that secret signed reaches
    it. Returns what Meta answered where the look-up failed, else None.
    """
    own_secret = integration.api_secret is not None or integration.source == "environment"
    problem, ids = None, frozenset[str]()
    try:
        ids = look_up(graph, keyring, integration)
    except SendError as error:
        problem = error.fault.message
    for account in integration.accounts:
        if own_secret or account.external_id in ids:
            prove(session, account, ids | {account.external_id})
    return problem


def reroute(session: Session, integration: Integration) -> int:
    """Let the drain look again at events that found no way to this integration's accounts."""
    addresses = (
        select(AccountAddress.external_id)
        .join(ChannelAccount, AccountAddress.account_id == ChannelAccount.id)
        .where(ChannelAccount.integration_id == integration.id)
    )
    waiting = update(ExternalEvent).where(
        ExternalEvent.outcome == Outcome.UNROUTABLE,
        ExternalEvent.channel == integration.channel,
        ExternalEvent.addressed_to.in_(addresses),
    )
    again = session.execute(
        waiting.values(outcome=Outcome.PENDING, next_try_at=clock.now()),
        execution_options={"synchronize_session": False},
    )
    return again.rowcount  # type: ignore[attr-defined,no-any-return]


def _existing(
    session: Session, workspace_id: int, channel: str, ids: list[str]
) -> Integration | None:
    query = (
        select(Integration)
        .join(ChannelAccount, ChannelAccount.integration_id == Integration.id)
        .join(AccountAddress, AccountAddress.account_id == ChannelAccount.id)
        .where(
            Integration.workspace_id == workspace_id,
            AccountAddress.channel == channel,
            AccountAddress.external_id.in_(ids),
        )
    )
    return session.scalars(query.limit(1)).first()


def _claim(session: Session, integration: Integration, ids: list[str]) -> None:
    """Give the integration the account with these ids; the account is made where there is none."""
    query = select(AccountAddress).where(
        AccountAddress.channel == integration.channel, AccountAddress.external_id.in_(ids)
    )
    addresses = list(session.scalars(query))
    accounts = {address.account_id: address.account for address in addresses}
    if any(account.workspace_id != integration.workspace_id for account in accounts.values()):
        raise Conflict(_taken())
    if not ids:
        return
    account = next(iter(accounts.values()), None)
    if account is None:
        account = ChannelAccount(
            workspace_id=integration.workspace_id,
            channel=integration.channel,
            external_id=ids[0],
        )
        session.add(account)
    account.integration = integration
    for external_id in set(ids) - {address.external_id for address in addresses}:
        account.addresses.append(
            AccountAddress(channel=integration.channel, external_id=external_id)
        )
    session.flush()


def _taken() -> Trouble:
    return Trouble(
        message="This account is connected to another workspace.",
        explanation="An account belongs to one workspace of an installation, so that its messages "
        "reach one inbox only.",
        next_step="Remove it in the other workspace first, or ask whoever runs this installation.",
        page=f"{PAGE}#one-workspace",
    )


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
